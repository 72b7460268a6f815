"""Every phrase of the documents, in each language that a reader can choose."""

from dataclasses import dataclass


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
    hostile: str
    announced_as: dict[str, str]
    """What is noted of a paper that is not new: `{0}` is its primary category, `{1}` its version."""
    nothing_recommended: str
    nothing_announced: str
    local_reason: str
    etc: str
    scores_title: str
    shares_title: str
    papers_title: str
    scatter_title: str
    columns: dict[str, str]
    threshold: str
    no_history: str
    no_field: str
    archive: dict[str, str]
    """The calendar of all days."""
    separator: str
    bracketed: str
    page: dict[str, str]
    """What only the report says, by its place on the page."""


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
    },
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
    scores_title="今天的论文得分如何分布？",
    shares_title="各领域在推荐论文中的占比如何变化？",
    papers_title="今天公布的全部论文",
    scatter_title="两种评分（横轴：现行，纵轴：候选）一致吗？",
    columns={
        "score": "分数",
        "title": "标题",
        "field": "领域",
        "category": "类别",
        "papers": "论文数",
        "share": "占推荐论文的比例",
        "date": "公布日期",
    },
    threshold="推荐阈值 {}",
    no_field="低于阈值",
    no_history="目前只有一天的记录，趋势从明天开始。",
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
    page={
        "skip": "跳到论文列表",
        "theme": "深色",
        "to_read": "今天读什么",
        "recommended": "篇达到推荐阈值 {}，今天共公布 {} 篇",
        "completeness": "完整性（已评分/已公布）",
        "unusual": "今天的异常",
        "usual": "没有异常。",
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
    },
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
    scores_title="How are today's scores distributed?",
    shares_title="How does each field's share of the recommended papers change?",
    papers_title="All papers announced today",
    scatter_title="Do the two agree (across: current, up: candidate)?",
    columns={
        "score": "Score",
        "title": "Title",
        "field": "Field",
        "category": "Category",
        "papers": "Papers",
        "share": "Share of recommended papers",
        "date": "Announcement day",
    },
    threshold="threshold {}",
    no_field="below the threshold",
    no_history="One day is stored so far; the trend begins tomorrow.",
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
    page={
        "skip": "Skip to the papers",
        "theme": "Dark",
        "to_read": "To read today",
        "recommended": "reach your threshold of {}, of {} papers announced",
        "completeness": "Completeness (judged/announced)",
        "unusual": "Unusual today",
        "usual": "Nothing unusual.",
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
)

WORDINGS = {"zh": ZH, "en": EN}
