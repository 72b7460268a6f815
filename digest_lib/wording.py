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
    separator: str
    bracketed: str


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
    separator="，",
    bracketed="（{}）",
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
    separator=", ",
    bracketed=" ({})",
)

WORDINGS = {"zh": ZH, "en": EN}
