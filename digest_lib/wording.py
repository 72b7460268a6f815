"""Every phrase of the documents, in each language that a reader can choose."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChartWording:
    """The phrases of the charts, most of them by the chart's name."""

    titles: dict[str, str]
    """The question that a chart answers."""
    notes: dict[str, str]
    """How to read it, and what it does not say."""
    axes: dict[str, str]
    judges: dict[str, str]
    changes: dict[str, str]
    states: dict[str, str]
    usual: str
    usual_range: str
    mean: str
    daily: str
    rises: str
    this_week: str
    before: str
    nothing_new: str
    no_days: str
    no_names: str
    no_pairs: str
    page: str
    """Title of the page of trends: from which day to which."""


@dataclass(frozen=True)
class Wording:
    """The phrases of one language; `{}` marks what is filled in."""

    title: str
    updated: str
    home_zone: str
    """How `updated` calls the zone that this language's readers mostly live in (`Asia/Shanghai`); else its name."""
    read: str
    model: str
    complete: str
    incomplete: str
    states: dict[str, str]
    approximate: str
    undescribed: str
    completed_later: str
    local_stood_in: str
    stands_in: dict[str, str]
    not_sent: str
    """`{0}` papers were not sent to the model, `{1}` is the recall aimed at."""
    audited: str
    followed: str
    hostile: str
    announced_as: dict[str, str]
    """What is noted of a paper that is not new: `{0}` is its primary category, `{1}` its version."""
    nothing_recommended: str
    nothing_announced: str
    local_reason: str
    etc: str
    papers_title: str
    columns: dict[str, str]
    threshold: str
    no_field: str
    archive: dict[str, str]
    """The calendar of all days."""
    separator: str
    bracketed: str
    second_opinions: dict[str, str]
    """What the audit and the panel say of the judge."""
    page: dict[str, str]
    """What only the report says, by its place on the page."""
    charts: ChartWording
    headline: str
    more: str
    trouble: str
    """One line about a day that lacks something: the day, what happened, what to do."""
    partial: str
    remedies: dict[int | str, str]
    """What to do, by exit code; `service` where there was no model service."""


ZH_CHARTS = ChartWording(
    titles={
        "scores": "今天的论文怎么样？各领域得分与前 30 天相比",
        "thresholds": "换一个阈值会推荐多少篇？",
        "announced": "什么在增长？各领域推荐论文占全部公布论文的比例",
        "recommended": "什么在增长？各领域占推荐论文的比例",
        "terms": "什么是新的？近一周比前两个月明显更常见的词",
        "category": "推荐论文来自哪些类别？",
        "authors": "哪些作者反复出现在推荐论文中？",
        "affiliations": "哪些机构反复出现在推荐论文中？",
        "judging": "评分可信吗？每天的推荐率与平均分",
        "disagreement": "模型与本地评分有多大分歧？",
        "completeness": "每天每个类别都读全了吗？",
        "day": "一天的成本是多少？",
        "paper": "一篇论文的成本是多少？",
        "scatter": "两种评分（横轴：现行，纵轴：候选）一致吗？",
    },
    notes={
        "scores": "柱：今天各分数段的论文数，颜色表示领域；线：同一评分者此前 30 天的平均，折算到今天的论文总数。柱"
        "高于线即多于平常。注意：模型不给低于阈值的论文指定领域。",
        "thresholds": "实线：阈值取该值时今天推荐的篇数；虚线与阴影：此前 30 天（折算到今天的论文总数）的中位数与五"
        "分之四的范围。注意：本地评分是相对名次，推荐率本来就较稳定。",
        "announced": "点：每天；线：七个公布日的平均，已按论文总量与星期修正（周二含周末投稿）；带：考虑过离散的 "
        "95% 范围。标“上升”者在公布与推荐两种比例中都显著上升（假发现率 5%）。注意：更换评分者、提示词或读者文件也"
        "会移动这些线。",
        "recommended": "读法同上，分母换成当天的推荐论文；评分整体变宽或变严不影响这里。注意：各领域比例之和为一，"
        "一个领域上升时其余必然下降。",
        "terms": "横条：近五个公布日含该词的论文比例；空心点：此前两个月的比例。悬停可见论文。按论文计数，对数几率"
        "比加信息先验，考虑过离散，假发现率 2%，至少五篇且多出一半。注意：会议截稿等时令也会让词语变多。",
        "category": "横条：该主类别的推荐论文数。注意：大的类别自然推荐得多。",
        "authors": "横条：该姓名的推荐论文数（至少两篇）。注意：arXiv 不区分同名作者。",
        "affiliations": "横条：该机构的推荐论文数（至少两篇）。注意：arXiv 只有少数论文写明机构。",
        "judging": "点的形状表示由谁评分，空心为本地评分；阴影为同一评分者 95% 的日子所在的范围（考虑过离散）。竖线"
        "处模型、提示词或读者文件有变动。注意：变动前后的分数不宜直接比较。",
        "disagreement": "上：一方推荐而另一方不推荐的论文比例；下：模型分减本地分的平均。注意：只含两者都评过的论文。",
        "completeness": "每格为一天一个类别：完整、不完整、无新论文或失败，符号与颜色一致。空白为没有记录的日子。",
        "day": "每天的 Tokens（提示、缓存、回答）、费用与耗时。注意：费用按读者文件中的价目计算，本地评分不花钱。",
        "paper": "同样的三项除以当天读过的论文数。注意：论文很少的日子会显得很贵。",
        "scatter": "每点一篇论文；在对角线上则两种评分一致。注意：只含抽样的论文。",
    },
    axes={
        "score": "分数（0–10）",
        "papers": "论文数（篇）",
        "threshold": "推荐阈值（分）",
        "date": "公布日期",
        "share": "比例（%）",
        "announced": "占公布论文（%）",
        "recommended": "占推荐论文（%）",
        "rate": "推荐率（%）",
        "mean": "平均分",
        "differ": "意见不一（%）",
        "apart": "分差（分）",
        "tokens": "Tokens",
        "cost": "费用（价目表货币）",
        "seconds": "耗时（秒）",
        "prompt": "提示",
        "cached": "缓存",
        "completion": "回答",
    },
    judges={"model": "模型评分", "local": "本地评分", "imported": "导入"},
    changes={"model": "模型", "prompt": "提示词", "reader": "读者文件"},
    states={"whole": "完整", "partial": "不完整", "quiet": "无新论文", "failed": "失败"},
    usual="此前 30 天",
    usual_range="此前 30 天的五分之四",
    mean="七日平均",
    daily="每天",
    rises="↑ 上升：30 天 ×{:.2f}",
    this_week="近一周",
    before="此前两个月",
    nothing_new="没有突出的新词。",
    no_days="记录的天数还不够。",
    no_names="没有重复出现的名字。",
    no_pairs="这些天没有同时保存两种评分。",
    page="ArXiv 趋势 {} 至 {}",
)

EN_CHARTS = ChartWording(
    titles={
        "scores": "How good is today? Scores by field against the last 30 days",
        "thresholds": "How many papers would another threshold give?",
        "announced": "What is growing? Each field's recommended papers as a share of all announced",
        "recommended": "What is growing? Each field's share of the recommended papers",
        "terms": "What is new? Terms far more common in the last week than in the two months before",
        "category": "Which categories do the recommended papers come from?",
        "authors": "Which authors recur among the recommended papers?",
        "affiliations": "Which affiliations recur among the recommended papers?",
        "judging": "Can I trust it? Selection rate and mean score by day",
        "disagreement": "How far do model and local judge disagree?",
        "completeness": "Was every category read completely every day?",
        "day": "What does a day cost?",
        "paper": "What does a paper cost?",
        "scatter": "Do the two agree (across: current, up: candidate)?",
    },
    notes={
        "scores": "Bars: today's papers by score, coloured by field. Line: the average of the 30 days before by "
        "the same judge, scaled to today's number of papers; a bar above it is more than usual. Caveat: a model "
        "names no field for papers below the threshold.",
        "thresholds": "Solid: papers recommended today at each threshold. Dashed and shaded: median and four "
        "fifths of the 30 days before, scaled to today's number of papers. Caveat: a local score is a standing "
        "among recent papers, so its rate hardly moves.",
        "announced": "Dots: days. Line: mean over seven announcement days, evened out for volume and weekday "
        "(Tuesdays carry the weekend). Band: 95 %, overdispersion included. A field is said to rise where both its "
        "share of the announced and of the recommended papers do (5 % false discoveries). Caveat: a new judge, "
        "prompt or reader file moves these lines too.",
        "recommended": "As above, out of the recommended papers: a judge grown lenient or strict on all fields "
        "alike does not show here. Caveat: shares add up to one, so that one field's rise is the others' fall.",
        "terms": "Bars: share of the last five announcement days' papers with the term. Open dots: share in the "
        "two months before. Hover for the papers. Papers are counted, not mentions; log-odds with an informative "
        "prior, overdispersion included, 2 % false discoveries, at least five papers and half as common again. "
        "Caveat: seasons such as conference deadlines move words too.",
        "category": "Bars: recommended papers with this primary category. Caveat: large categories have more of them.",
        "authors": "Bars: recommended papers under this name, at least two. Caveat: arXiv does not tell namesakes "
        "apart.",
        "affiliations": "Bars: recommended papers that state this affiliation, at least two. Caveat: few papers on "
        "arXiv state any.",
        "judging": "The shape of a dot says who judged, open ones are the local judge's. Shaded: where 95 % of the "
        "days of the same judge are, overdispersion included. At an upright line model, prompt or reader file "
        "changed. Caveat: scores before and after it do not compare.",
        "disagreement": "Above: share of papers that one recommends and the other does not. Below: mean of the "
        "model's score minus the local one. Caveat: only papers that both scored.",
        "completeness": "A cell is one category on one day: complete, incomplete, quiet or failed, by sign and by "
        "colour. Blank: no record of that day.",
        "day": "Tokens (prompt, cached, completion), money and time of each day. Caveat: money is counted by the "
        "reader file's price table; the local judge is free.",
        "paper": "The same by paper read. Caveat: a day of few papers looks dear.",
        "scatter": "A dot is a paper; on the diagonal both scores agree. Caveat: the sampled papers only.",
    },
    axes={
        "score": "Score (0–10)",
        "papers": "Papers",
        "threshold": "Threshold (score)",
        "date": "Announcement day",
        "share": "Share (%)",
        "announced": "Of announced (%)",
        "recommended": "Of recommended (%)",
        "rate": "Recommended (%)",
        "mean": "Mean score",
        "differ": "Differ (%)",
        "apart": "Apart (points)",
        "tokens": "Tokens",
        "cost": "Money (as priced)",
        "seconds": "Time (s)",
        "prompt": "prompt",
        "cached": "cached",
        "completion": "completion",
    },
    judges={"model": "judged by a model", "local": "judged locally", "imported": "imported"},
    changes={"model": "model", "prompt": "prompt", "reader": "reader file"},
    states={"whole": "complete", "partial": "incomplete", "quiet": "quiet", "failed": "failed"},
    usual="the 30 days before",
    usual_range="four fifths of the 30 days before",
    mean="mean of seven days",
    daily="single days",
    rises="↑ rises: ×{:.2f} in 30 days",
    this_week="last week",
    before="two months before",
    nothing_new="Nothing stands out.",
    no_days="Not enough days are stored yet.",
    no_names="No name recurs.",
    no_pairs="No day of these has both scores on record.",
    page="ArXiv trends {} to {}",
)

ZH = Wording(
    title="ArXiv 每日推荐 - {}",
    updated="更新于{}时间：{}",
    home_zone="北京",
    read="已自动阅读了 {} 篇最新的论文。",
    model="使用模型：{} | 消耗 Tokens：{}",
    complete="完整性：完整（已评分/已公布）{}",
    incomplete="完整性：不完整（已评分/已公布）{}",
    states={
        "quiet": "无新论文",
        "stale": "仍是上一批",
        "late": "尚未更新",
        "truncated": "列表被截断",
        "failed": "获取失败",
    },
    approximate="说明：{} 的公告列表不可得，按投稿时间窗口 {} 至 {}（UTC）近似还原。",
    undescribed="说明：{} 篇论文的详细信息 arXiv 索引尚未提供，暂用公告列表自带的信息，下次运行补全。",
    completed_later="说明：本页首次发布时不完整，后来已补全。",
    local_stood_in="说明：{} 篇论文由本地评分代替模型（{}）。",
    stands_in={
        "answer": "本地评分：模型未给出可用的回答",
        "cap": "本地评分：已到用量上限",
        "service": "本地评分：模型服务不可用",
        "cascade": "本地评分：可能性太低，未送模型评分",
    },
    not_sent="说明：{0} 篇论文经本地评分判断可能性太低，未送模型（目标：8 分以上的论文送出 {1:.0%}）。",
    audited="本地评分认为不必送模型，由抽查发现",
    followed="关注的作者：{}",
    hostile="文本中含有试图影响评分的内容，已单独评分",
    announced_as={
        "cross": "交叉列表，主类别 {0}",
        "replace": "更新至 v{1}",
        "replace-cross": "更新至 v{1}，主类别 {0}",
    },
    nothing_recommended="今天没有达到推荐阈值（{} 分）的论文。",
    nothing_announced="arXiv 今天在所选类别中没有公布新论文。",
    local_reason="最接近“{}”。摘要原文：{}",
    etc="等（共 {} 位作者）",
    papers_title="今天公布的全部论文",
    columns={
        "score": "分数",
        "title": "标题",
        "field": "领域",
        "category": "类别",
    },
    threshold="推荐阈值 {}",
    no_field="低于阈值",
    archive={
        "title": "所有日期",
        "counts": "读 {} 篇，荐 {} 篇",
        "complete": "完整",
        "partial": "不完整",
        "quiet": "无新论文",
        "imported": "导入的旧推荐",
        "report": "报告",
        "digest": "推荐",
        "bib": "BibTeX",
        "feed": "订阅（Atom）",
        "empty": "还没有任何一天的记录。",
    },
    separator="，",
    bracketed="（{}）",
    second_opinions={
        "title": "模型评分有多可靠？",
        "again": "近 30 个公布日里，模型推荐过的论文再问一次（共 {} 次），"
        "有 {:.0%} 再次被推荐（95% 区间 {:.0%} 至 {:.0%}）。",
        "scores": "两次都推荐时，得分平均相差 {:.1f} 分，标准差 {:.1f} 分：相差不到这么多的两篇论文，先后只是噪声。",
        "fields": "两次都推荐时，{:.0%} 给出相同领域（95% 区间 {:.0%} 至 {:.0%}）。",
        "missed": "每天约 {:.0f} 篇未送模型，其中估计有 {:.0f} 至 {:.0f} 篇本会被推荐"
        "（95% 区间；近 30 个公布日抽查 {} 篇，发现 {} 篇）。",
        "changed": "{}：发现模型评分发生变化（{}）。",
        "higher scores": "打分变高",
        "lower scores": "打分变低",
        "fewer recommended": "推荐变少",
        "other fields": "领域划分改变",
        "model name": "服务改用了另一个模型",
    },
    page={
        "skip": "跳到论文列表",
        "theme": "深色",
        "to_read": "今天读什么",
        "recommended": "篇达到推荐阈值 {}，今天共公布 {} 篇",
        "completeness": "完整性（已评分/已公布）",
        "unusual": "今天的异常",
        "usual": "没有异常。",
        "rate": "推荐率为 {:.1%}；同一评分者此前 30 天里，95% 的日子在 {:.1%} 到 {:.1%} 之间。",
        "best": "最值得读的三篇",
        "search": "搜索标题、作者、摘要、理由",
        "any_field": "全部领域",
        "any_category": "全部类别",
        "order": "排序",
        "by_field": "按领域，同摘要文档",
        "by_score": "分数从高到低",
        "by_local": "本地评分从高到低",
        "by_id": "编号从新到旧",
        "by_title": "标题",
        "threshold": "阈值",
        "at_threshold": "达到该阈值：{0} 篇",
        "shown": "符合条件：{0} / {1} 篇",
        "below": "低于阈值：{0} 篇",
        "nothing_found": "没有符合条件的论文。",
        "local": "本地评分",
        "abstract": "摘要",
        "more_authors": "等 {} 位作者",
        "close": "差一点就推荐",
        "close_hint": "分数比阈值低不超过一分的论文，最多十篇。",
        "disputed": "模型与本地评分分歧最大",
        "disputed_hint": "两者相差至少两分的论文，最多十篇；值得自己看一眼。",
    },
    charts=ZH_CHARTS,
    headline="已阅读 {} 篇，推荐 {} 篇。",
    more="……另有 {} 篇，见当日的推荐文档。",
    trouble="{} 的 arXiv 推荐：{} 建议：{}",
    partial="内容尚不完整。",
    remedies={
        1: "手动运行 make daily 查看详情。",
        2: "改正后再运行；本次未做任何处理。",
        3: "无需处理，下次运行会补全，完整后再发送。",
        4: "检查网络；下次运行会重试。",
        5: "等它结束，或将其关闭。",
        "service": "检查 OPENAI_API_KEY、OPENAI_BASE_URL 和模型名称；下次运行会补全，完整后再发送。",
    },
)

EN = Wording(
    title="ArXiv Daily Digest - {}",
    updated="Updated ({} time): {}",
    home_zone="Beijing",
    read="{} new papers were read.",
    model="Model: {} | Tokens: {}",
    complete="Completeness: complete (judged/announced) {}",
    incomplete="Completeness: incomplete (judged/announced) {}",
    states={
        "quiet": "nothing new",
        "stale": "still the last batch",
        "late": "not updated yet",
        "truncated": "list cut short",
        "failed": "could not be fetched",
    },
    approximate="Note: {} without the announcement list, approximated by the submission window {} to {} (UTC).",
    undescribed="Note: arXiv's index does not describe {} papers yet; the announcement's own description stands in "
    "until the next run.",
    local_stood_in="Note: the local judge stood in for the model on {} papers ({}).",
    stands_in={
        "answer": "judged locally: the model gave no usable answer",
        "cap": "judged locally: the cap was reached",
        "service": "judged locally: the model service was not available",
        "cascade": "judged locally: too unlikely to be worth sending to the model",
    },
    not_sent="Note: {0} papers looked too unlikely to be sent to the model "
    "(aim: {1:.0%} of the papers worth 8 or more are sent).",
    audited="the local judge would not have sent it to the model; drawn by the audit",
    followed="by an author you follow: {}",
    hostile="its text tries to influence the judge; it was judged apart from the others",
    completed_later="Note: this page was incomplete when first published and has been completed since.",
    announced_as={
        "cross": "cross-listed, primary category {0}",
        "replace": "replaced by v{1}",
        "replace-cross": "replaced by v{1}, primary category {0}",
    },
    nothing_recommended="No paper reached the threshold of {} today.",
    nothing_announced="arXiv announced no new papers in these categories today.",
    local_reason='Nearest to "{}". From the abstract: {}',
    etc="et al. ({} authors)",
    papers_title="All papers announced today",
    columns={
        "score": "Score",
        "title": "Title",
        "field": "Field",
        "category": "Category",
    },
    threshold="threshold {}",
    no_field="below the threshold",
    archive={
        "title": "All days",
        "counts": "{} read, {} recommended",
        "complete": "complete",
        "partial": "incomplete",
        "quiet": "nothing new",
        "imported": "imported",
        "report": "report",
        "digest": "digest",
        "bib": "BibTeX",
        "feed": "Feed (Atom)",
        "empty": "No day is stored yet.",
    },
    separator=", ",
    bracketed=" ({})",
    second_opinions={
        "title": "How far can the model's verdicts be trusted?",
        "again": "Asked again about papers that it had recommended ({} readings in the last 30 announcement days), the "
        "model recommended {:.0%} of them again (95 % interval {:.0%} to {:.0%}).",
        "scores": "Where it recommended a paper both times, its scores were {:.1f} points apart on average, with a "
        "standard deviation of {:.1f}: papers no further apart may as well stand the other way round.",
        "fields": "Of these, {:.0%} were given the same field (95 % interval {:.0%} to {:.0%}).",
        "missed": "Of about {:.0f} papers a day that were not sent to the model, {:.0f} to {:.0f} would have been "
        "recommended (95 % interval; of {} audited in the last 30 announcement days, {} were).",
        "changed": "{}: the model was noticed to judge differently ({}).",
        "higher scores": "higher scores",
        "lower scores": "lower scores",
        "fewer recommended": "fewer recommended",
        "other fields": "other fields",
        "model name": "the service answers with another model",
    },
    page={
        "skip": "Skip to the papers",
        "theme": "Dark",
        "to_read": "To read today",
        "recommended": "reach your threshold of {}, of {} papers announced",
        "completeness": "Completeness (judged/announced)",
        "unusual": "Unusual today",
        "usual": "Nothing unusual.",
        "rate": "{:.1%} of the papers are recommended; of the last 30 days, this judge's are mostly between {:.1%} and "
        "{:.1%}.",
        "best": "The best three",
        "search": "Search titles, authors, abstracts, reasons",
        "any_field": "All fields",
        "any_category": "All categories",
        "order": "Order",
        "by_field": "by field, as in the digest",
        "by_score": "highest score first",
        "by_local": "highest local score first",
        "by_id": "newest id first",
        "by_title": "title",
        "threshold": "Threshold",
        "at_threshold": "papers at this threshold: {0}",
        "shown": "Papers shown: {0} of {1}",
        "below": "Below the threshold: {0}",
        "nothing_found": "No paper fits.",
        "local": "local",
        "abstract": "Abstract",
        "more_authors": "and others, {} in all",
        "close": "Just under the threshold",
        "close_hint": "Papers that lack a point or less, at most ten.",
        "disputed": "Where model and local judge disagree most",
        "disputed_hint": "Papers on which they are two points apart or more, at most ten: see for yourself.",
    },
    charts=EN_CHARTS,
    headline="{} papers read, {} recommended.",
    more="... and {} more in the digest of the day.",
    trouble="arXiv digest of {}: {} What to do: {}",
    partial="incomplete so far.",
    remedies={
        1: "run `make daily` by hand, which says more.",
        2: "correct it and run again; nothing was run.",
        3: "nothing; the next run asks again, and the digest is sent once it is complete.",
        4: "check the network; the next run tries again.",
        5: "wait for it, or close it.",
        "service": "check OPENAI_API_KEY, OPENAI_BASE_URL and the model's name; the next run asks again.",
    },
)

WORDINGS = {"zh": ZH, "en": EN}
