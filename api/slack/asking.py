"""Whether a message among people asks something: by its words, as a person would skim it.

Nothing is looked up. A message that mentions the bot needs none of this; of the others rather one
is missed, which can be asked again with a mention, than people's talk interrupted.
"""

import re
from typing import Final

_MOST_CHARS: Final = 4_000
_QUOTED: Final = re.compile(r"```.*?```|`[^`\n]*`|<[^>]*>|^(?:&gt;|>).*$", re.DOTALL | re.MULTILINE)
"""Code, addresses with their question marks, mentions, and the words of others."""
_MARK: Final = re.compile(r"[?？؟¿]")

_BEGINS = r"(?:^|(?<=[.!;:…\n]))\W{0,3}"
_LEADS = (
    r"(?:(?:and|but|so|also|then|now|ok(?:ay)?|hm+|well|thanks|thank you|great|please|hi|hello|hey|"
    r"und|aber|danke|bitte|hallo|et|mais|merci|bonjour|y|e|pero|gracias|hola|por favor)\b"
    r"\W{1,4}){0,4}+"
)
"""What people say before they come to it."""
_ENGLISH = (
    r"who(?:m|se)?|why|where|which"
    r"|what(?!(?:'s|s|'re)?\s+(?:an?\b|up\b|ever\b))|how(?!\s+(?:nice|cool|great|lovely|funny)\b)"
    r"|when(?!\s+(?:i|we|you|he|she|they|it|my|the)\b)"
    r"|(?:is|are|was|were|do|does|did|can|could|should|may|has|have|will|would)(?:n['’]?t)?\s+"
    r"(?:i|we|you|he|she|it|they|there|this|these|those|the|my|our|your|any(?:one|body)?|"
    r"some(?:one|body)|every(?:one|body)|all|employees|people|staff)"
    r"|any\s+(?:idea|news|chance)"
)
_GERMAN = (
    r"wer|wen|wem|wessen"
    r"|was(?!\s+(?:an?|at|on|in|not|just|about|out|away|off|also|able|really|very|too|thinking)\b)"
    r"|wann|wo|woher|wohin|womit|wof[üu]r|worüber|warum|wieso|weshalb|"
    r"wie|wieviele?|welche[rsmn]?|gibt\s+es"
)
_FRENCH = (
    r"qui|quoi|quand|où|pourquoi|combien|quel(?:le)?s?|est[- ]ce\s+que|qu['’]\s?est[- ]ce|"
    r"y\s+a[- ]t[- ]il|comment\s+(?:est|sont|fai[st]|faire|on|je|tu|il|elle|nous|vous|puis|peut|"
    r"obtenir|demander|[çc]a|se)"
)
_SPANISH = (
    r"qui[ée]n(?:es)?|qué|cu[áa]ndo|cu[áa]nt[oa]s?|cu[áa]l(?:es)?|d[óo]nde|por\s+qu[ée]|cómo|hay"
)
_INTERROGATIVE: Final = re.compile(
    rf"{_BEGINS}{_LEADS}(?:{_ENGLISH}|{_GERMAN}|{_FRENCH}|{_SPANISH})\b", re.IGNORECASE
)
_REQUEST: Final = re.compile(
    rf"{_BEGINS}(?:"
    r"(?:and|same)\s+for|und\s+(?:für|bei)|et\s+pour|y\s+para"
    rf"|{_LEADS}(?:"
    r"show|list|explain|summari[sz]e|describe|compare|define|find(?!\s+attached)|look\s+up|search"
    r"|tell\s+(?:me|us)|give\s+(?:me|us)(?!\s+(?:an?|one|two)\s+(?:sec|min|moment|call|ring|shout|"
    r"ping|break|hand))"
    r"|zeige?|nenne?|erkl[äa]re?|sag(?:e)?\s+(?:mir|uns)|liste?|(?:suche?|finde)(?!\s+ich)|beschreibe?|fasse?"
    r"|montre[sz]?|donne[sz]?|explique[sz]?|dis-(?:moi|nous)|dites|trouve[sz]?|cherche[sz]?"
    r"|mu[ée]stra(?:me|nos)?|dime|d[ií]nos|expl[ií]ca(?:me|nos)?|busca|encuentra|dame"
    r"))\b",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether a message holds a question, with a question mark or without.

    Args:
        text: As Slack sends it; only its beginning is looked at where it is very long.
    """
    said = _own_words(text)
    return bool(_MARK.search(said) or _INTERROGATIVE.search(said))


def asks_or_requests(text: str) -> bool:
    """Whether a message holds a question, or bids somebody show, tell, explain or find something,
    as people do in a talk with the bot.
    """
    return asks(text) or bool(_REQUEST.search(_own_words(text)))


def _own_words(text: str) -> str:
    return _QUOTED.sub(" ", text[:_MOST_CHARS]).strip()
