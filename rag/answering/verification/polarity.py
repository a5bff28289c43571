"""Words that turn a sentence around: negations, and opposites on some axes."""

import re

from rag.answering.verification.word_lists import words

_STRICT = words(
    """
    not never no none neither nor without cannot nobody nothing nowhere nicht kein keine keinen
    keiner keinem nie niemals ohne pas jamais sans aucun aucune nunca jamás ningún ninguna não
    не ни нет без никогда nessuno mai
    """
)
_HAN = re.compile("[不没未无非]")
_SOFT = re.compile(
    r"(?:lack(?:s|ed|ing)?|fail(?:s|ed|ing|ure)?|unable|absent|absence|hardly|barely|rarely|seldom"
    r"|instead|rather|refuse[sd]?|den(?:y|ies|ied)|avoid(?:s|ed)?|unlikely|unknown|impossible"
    r"|ineffective|deficien(?:t|cy)|free|loss|independent(?:ly)?|abolish(?:e[sd])?"
    r"|prevent(?:s|ed|ing)?|eliminat(?:e[sd]?|ing)|except|exclud(?:e[sd]?|ing)|un\w{4,}|non\w{3,}"
    r"|in(?:suffi|depend|acti)\w+)$"
)

_AXES = """
~increase increases increased increasing rise rises rose risen rising grow grows grew grown
  growing growth raise raises raised raising climb climbed higher enhance enhances enhanced
  enhancing elevate elevates elevated upregulated upregulate upregulates upregulation expand
  expands expanded surge surged boost boosts boosted improve improves improved improvement
  accelerate accelerates accelerated up gain gained gains exceed exceeds hypersensitive stieg
  steigt gestiegen wuchs gewachsen erhöht erhöhte вырос выросла выросло выросли увеличился
  увеличилась рост augmenté augmente aumentó aumenta subió|decrease decreases decreased decreasing
  fall falls fell fallen falling decline declines declined declining drop drops dropped reduce
  reduces reduced reducing reduction lower lowers lowered diminish diminishes diminished shrink
  shrinks shrank downregulated downregulate downregulates downregulation impair impairs impaired
  impairment attenuate attenuates attenuated slow slows slowed cut cuts down lose loses lost loss
  worsen worsens worsened deteriorate deteriorated decelerate shrinking shrunk sank sinkt gesunken
  fiel gefallen verringert упал упала снизился снизилась снизились сократился сократилась
  уменьшился падение diminué diminue disminuyó bajó cayó
more most|less least fewer fewest
~many numerous several|few
~before prior earlier preceding until previously|after later following since subsequently
  afterwards
~first initial earliest begin begins began beginning start starts started starting opening
  launch launched commence commenced|last final latest end ends ended ending stop stops stopped
  finish finished closing conclude concluded
~above over exceeding|below under beneath
north northern northeast northwest|south southern southeast southwest
east eastern|west western
left leftmost|right rightmost
!~allow allows allowed permit permits permitted legal legally authorised authorized may accept
  accepts accepted approve approves approved approval|forbid forbids forbidden forbade prohibit
  prohibits prohibited ban bans banned illegal illegally reject rejects rejected refuse refused
  deny denied denies
all every everyone everything each always both entire entirely whole|none no never neither
  nobody nothing
~promote promotes promoted promoting promotion induce induces induced inducing induction
  activate activates activated activating activation stimulate stimulates stimulated trigger
  triggers triggered cause causes caused enable enables enabled facilitate facilitates|inhibit
  inhibits inhibited inhibiting inhibition suppress suppresses suppressed suppression suppressing
  prevent prevents prevented preventing block blocks blocked repress represses repressed hinder
  hindered silence silences inactivate inactivates inactivated
!present presence with include includes included including contain contains|absent absence
  without exclude excludes excluded excluding except
because|despite
~win wins won winning victory winner|lose loses lost losing defeat defeated loser
~open opens opened|close closes closed shut
positive positively|negative negatively
~large larger largest big bigger biggest great greater greatest|small smaller smallest little
  tiny
long longer longest|short shorter shortest
old older oldest|young younger youngest new newer newest
high highest|low lowest
strong stronger strongest strongly|weak weaker weakest weakly
best better|worst worse
~success successful succeed succeeded successfully|failure fail failed unsuccessful
~agree agreed agrees support supports supported|disagree disagreed oppose opposes opposed
!true correct|false incorrect wrong
~safe safely|dangerous unsafe
~buy buys bought purchase purchased|sell sells sold
~import imports imported|export exports exported
~arrive arrives arrived enter enters entered|leave leaves depart departs departed exit exited
early|late
major majority|minor minority
maximum max|minimum min
!~required requires require necessary essential mandatory compulsory needed indispensable
  must|optional dispensable unnecessary voluntary needless
!~possible able can|impossible unable cannot
~common frequent frequently often usually|rare rarely infrequent seldom
man men male father son husband boy brother king he his|woman women female mother daughter wife
  girl sister queen she her
birth born|death died dead dies
internal inside indoors inner|external outside outdoors outer
~public publicly|private privately
domestic local|foreign international
~rich wealthy|poor
hot warm|cold cool
top upper|bottom
~profit profits|loss losses deficit
~same identical equal|different distinct unequal
~permanent permanently|temporary temporarily provisional
direct directly|indirect indirectly
!active|inactive passive
~fast quick quickly rapid rapidly faster|slow slowly slower gradual gradually
~protective protects protect protected|harmful harms harm damages
sensitive sensitivity susceptible|resistant resistance insensitive tolerant
ancient|modern
simple easy|complex difficult hard
front|back rear
day daytime|night nighttime
summer|winter
~hire hired|fire fired dismissed
natural|artificial synthetic
alive living|dead
~guilty convicted|innocent acquitted
odd|even
full|empty
visible|invisible hidden
~appear appeared appears|disappear disappeared disappears
credit|debit
~lend lent lends|borrow borrowed borrows
vertical|horizontal
wide broad|narrow
deep|shallow
!~sufficient adequate|insufficient inadequate
dependent|independent
"""
"""One axis a line (indented lines go on): words | their opposites. `~`: the words of one end mean
nearly the same, so that one may be said for another. `!`: what is not at one end is at the other.
"""


Ends = tuple[tuple[int, int], ...]


def _axes() -> tuple[dict[str, Ends], frozenset[int], frozenset[int]]:
    signs: dict[str, set[tuple[int, int]]] = {}
    alike, complete = set(), set()
    for number, axis in enumerate(_AXES.strip().replace("\n  ", " ").split("\n")):
        if axis.startswith("!"):
            complete.add(number)
        if axis.removeprefix("!").startswith("~"):
            alike.add(number)
        for sign, said in enumerate(axis.lstrip("!~").split("|")):
            for word in said.split():
                signs.setdefault(word, set()).add((number, sign))
    ends_of_words = {word: tuple(sorted(ends)) for word, ends in signs.items()}
    return ends_of_words, frozenset(alike), frozenset(complete)


OPPOSITES, ALIKE, COMPLETE = _axes()
"""The axes a word stands on and at which end of each; the axes whose ends are of one meaning; those
with nothing between their ends.
"""


def is_negation(word: str) -> bool:
    """Whether a word (lower-case) denies what follows."""
    return word in _STRICT or _HAN.match(word) is not None


def is_soft_negation(word: str) -> bool:
    """Whether a word may say by itself what others say with a negation."""
    return _SOFT.match(word) is not None
