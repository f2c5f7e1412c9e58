"""English words: stop words, irregular forms, the Snowball stemmer."""

import re
import unicodedata
from functools import cache
from typing import Any

STOP_WORDS = frozenset(
    """
    a about again all also am an and any are as at be because been being both but by can can't cannot could did
    didn't do does doesn't doing don't done each either else ever every explain few for from further get gets
    getting give go goes got had has hasn't have haven't having he hello her here hers hi him his how how's i i'd
    i'll i'm i've if in into is isn't it it's its itself just know let let's like made make makes making may me
    might more most much must my myself need needs no nor not now of off ok okay on once one only or other our ours
    please said same say says shall she should show so some something such tell than thank thanks that that's the
    their them then there there's these they this those through to today too under until up upon us very want wants
    was wasn't we were what what's when where where's which while who who's whom whose why will with won't would you
    you'd you'll you're you've your yours
    """.split()
)


def _by_form(families: dict[str, str]) -> dict[str, str]:
    return {form: base for base, forms in families.items() for form in forms.split()}


IRREGULAR = _by_form(
    {
        # verbs
        "become": "became",
        "begin": "began begun",
        "bite": "bit bitten",
        "blow": "blew blown",
        "break": "broke broken",
        "bring": "brought",
        "build": "built",
        "buy": "bought",
        "catch": "caught",
        "choose": "chose chosen",
        "come": "came",
        "draw": "drew drawn",
        "drink": "drank drunk",
        "drive": "drove driven",
        "eat": "ate eaten",
        "fall": "fell fallen",
        "feel": "felt",
        "fight": "fought",
        "find": "found",
        "fly": "flew flown flies",
        "forget": "forgot forgotten",
        "freeze": "froze frozen",
        "grow": "grew grown",
        "hear": "heard",
        "hide": "hid hidden",
        "hold": "held",
        "keep": "kept",
        "lead": "led",
        "learn": "learnt",
        "leave": "left",
        "lend": "lent",
        "lose": "lost",
        "mean": "meant",
        "meet": "met",
        "pay": "paid payment payments",
        "ride": "rode ridden",
        "ring": "rang rung",
        "rise": "rose risen",
        "run": "ran",
        "see": "saw seen",
        "sell": "sold",
        "send": "sent",
        "shake": "shook shaken",
        "sleep": "slept",
        "speak": "spoke spoken",
        "spend": "spent",
        "stand": "stood",
        "steal": "stole stolen theft thefts",
        "stick": "stuck",
        "swim": "swam swum",
        "take": "took taken",
        "teach": "taught",
        "tear": "tore torn",
        "think": "thought",
        "throw": "threw thrown",
        "understand": "understood",
        "wake": "woke woken",
        "wear": "wore worn",
        "win": "won",
        "withdraw": "withdrew withdrawn",
        "write": "wrote written",
        # nouns and adjectives
        "analysis": "analyses analyse analyze analysed analyzed analysing analyzing",
        "bad": "worse worst",
        "child": "children",
        "criterion": "criteria",
        "foot": "feet",
        "good": "better best",
        "half": "halves",
        "index": "indices indexes",
        "knife": "knives",
        "man": "men",
        "mouse": "mice",
        "person": "people persons",
        "shelf": "shelves",
        "thief": "thieves",
        "tooth": "teeth",
        "wife": "wives",
        "woman": "women",
    }
)

# Nouns of verbs that the stemmer leaves apart.
FAMILIES = _by_form(
    {
        "agree": "agreement agreements",
        "apply": "application applications applicant applicants",
        "choose": "choice choices",
        "complain": "complaint complaints",
        "decide": "decision decisions",
        "deliver": "delivery deliveries",
        "develop": "development developer developers",
        "divide": "division divisions",
        "employ": "employee employees employer employers employment",
        "enroll": "enrollment enrollments enrolment enrolments enrol enrols",
        "lose": "loss losses",
        "manage": "management manager managers",
        "replace": "replacement replacements",
        "recover": "recovery",
        "refuse": "refusal refusals",
        "register": "registration registrations registry registries registrar",
        "reimburse": "reimbursement reimbursements",
        "remove": "removal removals",
        "renew": "renewal renewals",
        "repair": "repairer repairers",
        "repay": "repaid repayment repayments",
        "require": "requirement requirements",
        "retire": "retirement",
        "sell": "seller sellers sale sales",
        "ship": "shipment shipments shipper shippers",
        "treat": "treatment treatments",
        # who does it
        "borrow": "borrower borrowers",
        "buy": "buyer buyers",
        "call": "caller callers",
        "drive": "driver drivers",
        "hold": "holder holders",
        "own": "owner owners",
        "play": "player players",
        "print": "printer printers",
        "read": "reader readers",
        "scan": "scanner scanners",
        "send": "sender senders",
        "speak": "speaker speakers",
        "teach": "teacher teachers",
        "win": "winner winners",
        "work": "worker workers",
        "write": "writer writers",
    }
)

ADJECTIVES = """
    big bright cheap clean close cold dark deep fast few great hard high hot large late light long loud low near new
    nice old quick quiet safe short simple slow small smart soft strong thick thin warm weak wet wide young
""".split()


def _degrees(adjective: str) -> str:
    """Its comparative and superlative."""
    doubled = adjective + adjective[-1] if adjective in ("big", "hot", "thin", "wet") else adjective.removesuffix("e")
    return f"{doubled}er {doubled}est"


DEGREES = _by_form({adjective: _degrees(adjective) for adjective in ADJECTIVES})

# One thing under several spellings.
ALIASES = {
    "postgres": "postgresql",
    "psql": "postgresql",
    "websockets": "websocket",
    "e-mail": "email",
    "mails": "email",
    "mail": "email",
    "signin": "login",
    "logon": "login",
    "signout": "logout",
    "signoff": "logout",
    "logoff": "logout",
    "signon": "login",
    "setup": "set",
    "setups": "set",
    "photograph": "photo",
    "photographs": "photo",
    "cheque": "check",
    "cheques": "check",
    "grey": "gray",
    "programme": "program",
    "programmes": "program",
    "tyre": "tire",
    "tyres": "tire",
    "jewellery": "jewelry",
    "practise": "practice",
    "practised": "practice",
    "practising": "practice",
    "fulfil": "fulfill",
    "fulfils": "fulfill",
    "instalment": "installment",
    "instalments": "installment",
    "enquiry": "inquiry",
    "enquiries": "inquiry",
    "enquire": "inquire",
}

# Endings that one spelling or one member of a family has, and what they become: (ending, instead, not these).
ENDINGS = tuple(
    (re.compile(rf"(?!{spared}){ending}" if spared else ending), instead)
    for ending, instead, spared in (
        # British and American
        (r"(\w*(?:col|fav|behavi|hon|lab|neighb|flav|hum|harb|rum))our(\w*)", r"\1or\2", ""),
        (r"(cent|theat|met|lit|fib|calib)re(s?)", r"\1er\2", ""),
        (r"(defen|offen|licen|preten)ce(s|d)?", r"\1se\2", ""),
        (r"(catal|dial|anal)ogu(?:e(s|d)?)", r"\1og\2", ""),
        (
            r"(\w{3,})is(e|es|ed|er|ers|ing|ation|ations)",
            r"\1iz\2",
            "promis|exerci|adverti|revis|supervis|surpris|franchis|prai|preci|premis|noi|merchan|enterpri|likewi|otherwi"
            "|experti|conci|paradi|disgui|compromi|improvi|compri|devis|despis|excis|crui|brui|televi|rais|apprais",
        ),
        # verify and verification, describe and description, reduce and reduction, permit and permission
        (r"(\w+)ifications?", r"\1ify", ""),
        (r"(\w*scri)ptions?", r"\1be", ""),
        (r"(\w+du)ctions?", r"\1ce", ""),
        (r"(\w+mi)ssions?", r"\1t", "commission"),
        # easy and easier
        (
            r"(\w{2,})ie(?:r|st)",
            r"\1y",
            "couri|carri|suppli|barri|premi|fronti|soldi|cashi|glaci|copi|multipli|amplifi",
        ),
    )
)

# Words that the stemmer would cut down to the stem of another word: stem -> (how they begin, a stem of their own).
APART = {
    "author": ("authorit", "authority"),
    "busi": ("business", "business"),
    "corn": ("corner", "corner"),
    "custom": ("customer", "customer"),
    "depart": ("department", "department"),
    "emerg": ("emergenc", "emergency"),
    "experi": ("experiment", "experiment"),
    "general": ("generali", "generalize"),
    "import": ("importan", "important"),
    "intern": ("internat", "international"),
    "invent": ("inventor", "inventory"),
    "numb": ("number", "number"),
    "oper": ("opera$", "opera"),
    "organ": ("organi", "organize"),
    "past": ("past[ei]", "paste"),
    "relat": ("relativ", "relative"),
    "sever": ("several", "several"),
    "univers": ("universit", "university"),
}
_APART = {stem: (re.compile(beginning), own) for stem, (beginning, own) in APART.items()}

# Verbs that mean something of their own with a particle: "log in", "signing up", "backed up".
PHRASES = re.compile(
    r"\b(?:(log|sign)(?:s|ed|ing|ged|ging)?[ -](in|on|out|off|up)|(back|pick|top)(?:s|ed|ing|ped|ping)?[ -](up)"
    r"|(check)(?:s|ed|ing)?[ -](out))\b(?! (?:the|a|an)\b)"
)
# "pre-order" is "preorder".
PREFIXES = frozenset("anti co inter non pre re sub un".split())


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def base_form(word: str) -> str:
    """The stem of a lower-case word in any script but Cyrillic, or an empty string for a stop word."""
    if word in STOP_WORDS:
        return ""
    word = word.removesuffix("'s").replace("'", "")
    if not word.isascii():
        word = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
    if word.isdigit():
        return word
    if len(word) > 3:
        for ending, instead in ENDINGS:
            if match := ending.fullmatch(word):
                word = match.expand(instead)
    word = ALIASES.get(word) or IRREGULAR.get(word) or FAMILIES.get(word) or DEGREES.get(word, word)
    stem = str(_stemmer().stemWord(word))
    if (apart := _APART.get(stem)) and apart[0].match(word):
        return apart[1]
    return stem


def join_phrases(text: str) -> str:
    """The text with each verb and its particle made one word: "sign in" becomes "signin"."""
    return PHRASES.sub(lambda match: "".join(filter(None, match.groups())), text)
