"""Papers that talk to the judge: recognise them, and take the structure out of every text that is sent.

Titles and abstracts come from strangers and end up in a prompt (indirect prompt injection: Greshake et al., "Not what
you've signed up for", 2023; OWASP LLM01:2025). No pattern finds all of it. These look for disguise, for the structure
of a prompt or an answer, and for words said *to* the judge: an address or a command, not a description.
"""

import html
import re
import unicodedata

CHARACTERS = 6000  # of one text; arXiv's own limit is 1,920
# Control, zero-width, bidi and tag characters (invisible ASCII), fillers, and lone surrogates, which UTF-8 cannot hold.
_HIDDEN = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_LETTERS = str.maketrans(  # what passes for a Latin letter: Cyrillic, Greek, small capitals
    "аеорсухіјѕԁһԛԝкмтвнαεοριντυκχɑɡıᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "aeopcyxijsdhqwkmtbhaeopivtukxagiabcdefghijklmnoprstuvwyz",
)
_ENCODED = re.compile("[a-z0-9+/_=-]{200,}$")  # base64, folded
_LEET = str.maketrans("013457@", "oieasta")
_DEFUSED = str.maketrans("<>{}[]#:|", "＜＞｛｝［］＃：｜")  # noqa: RUF001
_ROLE = "(?:system|assistant|user|human|developer)"
_TAG = rf"(?:{_ROLE}|inst|sys|instructions?|tool(?:_\w+)?|function_\w+|(?:start|end)_of_turn|[be]os)\b"
_STRUCTURE = [  # a character it always has (looking for that first is cheap), the sign, the pattern
    ("<", "hidden text", r"<!--|<\w+ [^<>]{0,80}(?:none|hidden|white|#fff|size ?: ?0)"),
    ("\\", "hidden text", r"\\\w{0,9}color(?:\[\w+\])? ?\{ ?(?:white|1,1,1|f{6})|\\iffalse|\\begin ?\{comment"),
    ("<", "fence", r"<[\s/\\]*(?:papers?|abstract)\b[^<>]{0,80}>?"),
    ("<", "role marker", rf"<{{1,2}}[\s/]*(?:{_TAG}|s\s*>)[^<>]{{0,40}}>{{0,2}}|<\s?\|[^<>|]{{1,40}}\|\s?>?"),
    ("[", "role marker", r"\[\s*/?\s*(?:inst|sys|system)\s*\]"),
    ("#", "role marker", rf"(?:#{{2,9}}|#(?=\s))(?=\s*(?:{_ROLE}|instructions?|response)\b)"),
    (":", "role marker", rf"[\n.!?]\s?(?:\*\*)?{_ROLE}(?:\*\*)?\s?:(?!:)"),
    # A JSON object with a key, as such or escaped: without its brace, no part of a text can pass for an answer.
    ("{", "", r"""\{(?=\s*(?:"(?:[^"\\]|\\.)*"\s*:|\\+"\w\w|'\w+'\s*:))"""),
]
# Never a plain "model" or "system": every second abstract speaks of those.
_WHO = (
    "(?:(?:review|grad|evaluat|rat)[eo]rs?|judges?|referees?|assistants?|chat(?:bots?|gpt)|llms?|ais?|language models?)"
)
_PAPER = "(?:papers?|submissions?|manuscripts?|preprints?|abstracts?|articles?|work)"
_RULES = "(?:instructions?|prompts?|rules?|guidelines?|rubric|criteria|directions?|directives?|orders?|constraints?)"
_RATE = "(?:scor|rat|grad|rank|recommend|accept|award|giv|assign|grant|reject)"
_ADDRESS = rf"""(?P<instruction_to_the_judge>
(?:dear|attention|attn|notice|hello|hi|hey|(?:note|message|instruction|request|reminder)s? (?:to|for))[,:]?
 (?:(?:to|for|all|any|every|the|our|ai|llm|automated|large)[ /-]){{0,5}}{_WHO}(?: \w+){{0,4}} ?[:,!;]
|if you(?:'re| are) (?:[\w-]+ ){{0,4}}{_WHO}\b
|(?:as|you are|you're) (?:now )?(?:an?|the) (?:[\w-]+ ){{0,3}}{_WHO},? (?:(?:that|who|and) )?(?:you|please)\b
|you (?:\w+ ){{0,2}}?(?:must|should|shall|will|need to|have to|could|are (?:\w+ )?to) (?:\w+ ){{0,3}}?
(?:{_RATE}|output|return|respond|answer|reply|includ|ignor|disregard)
|your (?:\w+ ){{0,2}}?(?:verdicts?|scores?|ratings?|rubric|json|scoring|instructions|system prompt|reply|reasons?)\b
|(?:in|begin|start|end) your (?:answer|response|output)\b|from now on,? (?:you|all|every)\b
|(?:admin|system|developer|root|debug|maintenance) (?:override|notice)\b
|{_WHO} (?:(?:\w+ ){{0,5}}?(?:should|must|please) (?:\w+ ){{0,3}}?this {_PAPER}\b
|(?:are|is) (?:\w+ )?(?:instructed|requested|required|obliged|asked|urged|advised) to (?:\w+ ){{0,2}}{_RATE})
|we (?:kindly ask|kindly request|request|demand|urge|beg) (?:that )?(?:\w+ ){{0,3}}?{_WHO}\b
|(?:tool|system|model)s? (?:should|must) (?:{_RATE}e?|place|put|list|treat|label) this {_PAPER}\b
|(?:evaluation|rating|score|assessment|verdict|relevance|recommendation) (?:of|for) this {_PAPER}\b
|(?:{_RATE}e|rank|award|grant|accept|recommend|reject|assign) (?:this|the current|our|my) (?:\w+ )?{_PAPER}\b
|this {_PAPER} (?:must|should|has to|needs to|deserves?|ought to|shall|merits?) (?:\w+ ){{0,5}}?
(?:{_RATE}|10|ten|top|highest|full|maximum))
|(?P<other_papers>
(?:other|remaining|rest of the|preceding|subsequent|following|next|previous) (?:\w+ )?{_PAPER}\b[^.!?]{{0,40}}?
 (?:0|zero|spam|low|lowe\w+|reject\w*|irrelevant|ignored?|duplicates?|retracted|fake|plagiari\w+|skip\w*)\b
|{_PAPER} (?:right |directly )?(?:after|before|above|below|preceding|following) this (?:one|{_PAPER})\b
|papers? (?:number |no\.? |# ?)?\d+ (?:is|are|must|should|gets?|deserves?|scores?)\b|in this (?:batch|request)\b)
|(?P<verdict_in_the_text>
(?:score|rating|verdict|answer|relevance)\\?["']? ?[:=] ?["']?(?:10|9|100|max\w*|accept|recommend)\b(?![.,]?\d)
|verdicts?\\?["'] ?:|score\\?["'] ?: ?["']?\d)"""
_COMMANDS = rf"""(?P<order_to_ignore>
(?:ignore|disregard|forget|override|bypass|discard|(?:do not|don't|stop) follow(?:ing)?) (?:[\w,-]+ ){{0,6}}?
(?:{_RULES}|above|everything|all that|what (?:was|came)|(?:previous|prior|preceding) \w+)\b)
|(?P<instruction_to_the_judge>
(?:give|assign|award|return|output|respond|answer|set|choose|use|report|put|print|emit|recommend|accept|label|treat
|(?:score|rate|rank|grade|mark) (?:it|this|the|all|every\w*|each|us|our|my|at|only)) [^.!?:]{{0,60}}?
\b(?:scores?|ratings?|verdicts?|grades?|marks|10|ten|recommended)\b
|(?:reveal|print|repeat|show|output|disclose|leak|copy|quote|tell|write|include|state|summari[sz]e) [^.!?]{{0,50}}?
\b(?:system prompt|(?:your|these|initial|hidden|original|full) (?:\w+ )?{_RULES}|above|api key)\b
|(?:respond|answer|reply|write|speak|translate|switch) [^.!?]{{0,40}}?\b(?:in|into|to) (?:english|french|german|spanish
|italian|russian|chinese|japanese|latin|pirate|klingon|emojis?|rhymes?|verse|capitals|uppercase)\b
|(?:do not|don't|never) (?:read|judge|score|rate|recommend|evaluate|reject|mention)\b
|(?:reply|respond) with\b|reject (?:all|any|every|each)\b|(?:be|remain) (?:nice|kind|generous|lenient|positive)\b
|new (?:task|instructions?|rules) ?:|(?:remember|note that)[:,]? [^.!?]{{0,40}}?\b(?:score|verdict|papers? by|10|9)\b
|(?:upgrade|raise|lower|boost|improve|increase|change) (?:the|its|our|every) (?:score|rating|verdict|grade)s?\b
|(?:add|include|insert|append|create|mention) [^.!?]{{0,40}}?\b(?:field|key|property|verdicts?|json|reason|answer)\b)"""
# arXiv wants English: six letters of another script in a row, or four function words of others, are a message.
_OTHER_SCRIPT = re.compile(r"(?:[\u0400-\u1cff\u3040-\u9fff\uac00-\ud7af][\s,.!:\u3000-\u303f]{0,2}){6}")
_OTHER_WORDS = frozenset(re.findall(r"\w+", """
este esta las los una con la por que nota anteriores um uma esse deste instrucoes artigo questo della cette cet les des
une du est pour vous veuillez ignorer precedentes diese diesen alle und mit das ist"""))  # fmt: skip
# Where a command may begin: with its sentence, after `please`, or after a short clause such as `before judging,`.
_BEGIN = re.compile(
    r"(?:\.|!|\?|:|;|>|\*|#|%|。|\n|,|-\s|\u2013\s|\u2014\s|please|kindly)"
    r"[\"'\u2018-\u201f)\]]*,?\s?[\"'\u2018-\u201f(\[{]*"
)
_CLAUSE = re.compile(r"[.!?\n]\s?[^.!?,\n]{2,30}$")
_QUOTED = re.compile(r"[\w,:)]\s?(?:[\u2018\u201c\u201e「『«]|(?<=\s)[\"'`]{1,2})(?!\s)[^\"'\u2018-\u201f」»`]{0,60}$")
_ABOUT_INJECTION = re.compile("inject|jailbreak|attack|adversar|malicious|manipulat|peer[ -]review|注入|攻击|越狱")


class _Folding(dict[int, str]):
    """One character for one character, so that a place in the folded text is a place in the text."""

    def __missing__(self, code: int) -> str:
        first, *rest = unicodedata.normalize("NFKD", chr(code)).casefold()
        folded = first if all(unicodedata.combining(mark) for mark in rest) else chr(code)
        self[code] = folded.translate(_LETTERS)
        return self[code]


def _compiled(words: str) -> re.Pattern[str]:
    return re.compile(words.replace("\n", "").replace(" ", r"\s"))


_FOLDING = _Folding()
_STRUCTURES = [(character, sign, re.compile(pattern)) for character, sign, pattern in _STRUCTURE]
_SAID, _ORDERED = _compiled(f"[^a-z](?:{_ADDRESS})"), _compiled(_COMMANDS)


def signs(text: str) -> list[str]:
    """What shows that `text` (a title and an abstract, on lines of their own) speaks to its judge; else empty."""
    plain, found = html.unescape(text), []
    if not plain.isascii():
        found += ["hidden characters"] * (len(_HIDDEN.findall(plain)) > 2)
        found += ["look-alike letters"] * bool(re.search("[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]", plain))
        if (other := _OTHER_SCRIPT.search(plain)) and not _mentioned(plain, other.start()):
            found.append("another language")
        plain = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFC", plain))
    plain = "\n" + _lines(plain).translate(_FOLDING)
    found += ["spaced letters"] * bool(re.search(r"[ ._*|\n-](?:\w[ ._*|-]){8}", plain))
    words = plain.split()
    found += ["encoded text"] * any(_ENCODED.match(word) for word in words if len(word) > 199)
    found += ["another language"] * (len(_OTHER_WORDS.intersection(words)) > 3)
    found += [sign for character, sign, pattern in _STRUCTURES if sign and character in plain and pattern.search(plain)]
    plain = re.sub(r"[\\}*~](?:(?<=\\)[a-z]+\*?\{)?", "", plain)  # `\textbf{ignore} all` is `ignore all`
    plain = re.sub(r"[013457@]{1,4}(?=[a-z])", lambda digits: digits[0].translate(_LEET), plain)
    said = [*_SAID.finditer(plain)]
    for begin in _BEGIN.finditer(plain):
        if begin[0][0] != "," or _CLAUSE.search(plain, max(0, begin.start() - 33), begin.start()):
            said += filter(None, [_ORDERED.match(plain, begin.end())])
    found += [match.lastgroup.replace("_", " ") for match in said if not _mentioned(plain, match.start() + 1)]
    return list(dict.fromkeys(found))


def _mentioned(text: str, start: int) -> bool:
    """Whether what begins at `start` is quoted, and that in a paper about such attacks: not said, that is."""
    return bool(_QUOTED.search(text[max(0, start - 80) : start]) and _ABOUT_INJECTION.search(text))


def _lines(text: str) -> str:
    lines = (" ".join(line.split()) for line in _HIDDEN.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)


def neutral(text: str) -> str:
    """One line of at most `CHARACTERS`, without hidden characters, that cannot close its fence or pass for an answer.

    Fences, chat role markers and JSON braces become full-width look-alikes; any other text stays as it is.
    Applied twice it changes nothing more.
    """
    text = "\n" + _lines(text)
    if len(text) > CHARACTERS + 1:
        text = text[:CHARACTERS].rstrip() + "…"
    folded = text.translate(_FOLDING)
    for character, _, pattern in _STRUCTURES:
        for match in pattern.finditer(folded) if character in folded else ():
            start, end = match.span()
            text = text[:start] + text[start:end].translate(_DEFUSED) + text[end:]
    return text[1:].replace("\n", " ")
