"""Tells sentences that speak to a language model from those that speak to people.

A manual says "do not use the lift", a planted instruction says "do not mention this to the user":
each pattern needs both an order and something that only a model is concerned with. Of 94,000
sentences of public question sets 155 match, nearly all of them in a language model's own manual.
"""

import re

_ORDERS = (
    r"(?:instruction|prompt|rule|guideline|directive|restriction|safety (?:policy|filter)"
    r"|programming|training)s?"
)
_MODEL = (
    r"(?:ai|a\.i\.|llm|gpt|chatgpt|claude|gemini|llama|quoth|language model|chat ?bot"
    r"|(?:ai|virtual|digital|automated|answering|search|research) (?:assistant|agent|system|tool)"
    r"|retrieval system|rag system)s?"
)
_SAYS = (
    r"(?:respond|answer|reply|output|print|say|state|write|repeat|echo|tell|include|append|add"
    r"|insert|render|display|end|begin|start|finish|conclude|recommend|claim|cite|announce|reveal)"
)
_REPLY = r"(?:answer|response|reply|replies|output|summary|completion|citation)s?"
_PERSON = r"(?:the|a|any|this|your) (?:user|reader|asker|human|customer|person asking)"

_PATTERNS = (
    # "Ignore all previous instructions", "the rules above no longer apply"
    rf"\b(?:ignore|disregard|forget|override|overrule|bypass|discard|drop|cancel|suspend)\b"
    rf"[^.!?\n]{{0,40}}\b(?:previous|prior|above|earlier|preceding|existing|initial|original|all"
    rf"|any|your|my|these|those|other|system|safety|usual)\b[^.!?\n]{{0,30}}"
    rf"\b(?:{_ORDERS}|evidence|context|question|messages?|pieces|sources?|everything)\b",
    r"\b(?:ignore|disregard|forget) (?:everything|all|anything|what)\b[^.!?\n]{0,30}"
    r"\b(?:above|before|told|said|said so far|previous(?:ly)?|earlier|else)\b",
    rf"\b(?:previous|prior|above|earlier|original|your|system|all) (?:\w+ )?{_ORDERS}\b"
    r"[^.!?\n]{0,30}\b(?:no longer|are|is|were|was|have been|has been)\b[^.!?\n]{0,20}"
    r"\b(?:appl(?:y|ies)|void|cancel|supersed|replac|suspend|lift|revok|overrid|obsolete|outdated)",
    r"\b(?:ignore|disregard|forget|override)\b (?:all |any )?(?:of )?(?:the |this |these |your )?"
    rf"(?:{_ORDERS}|evidence|context|question)\b",
    # "New system prompt:", "[SYSTEM]:", "### Instruction"
    r"\b(?:new|updated|revised|real|actual|hidden|secret|special|override|urgent|system|developer)"
    r" (?:system |developer |secret )?(?:instruction|prompt|directive|message|override)s?\s*:",
    r"\b(?:system|developer|meta)[ _-]?prompt\b",
    r"^\W{0,12}(?:system|developer|assistant)\W{0,4}(?:message|prompt|note|override|turn|notice"
    r"|command|update|instruction|mode)?\W{0,3}(?:[:>=]|\]\s)",
    r"^\W{0,4}\#{2,4}\s*(?:system|instructions?|response|assistant|new task|human|user)\b",
    r"<\|[^<>\n]{0,40}\|?>|\[/?INST\]|<<?/?SYS>>?|</?(?:start|end)_of_turn>|\bim_(?:start|end)\b",
    # "You are now", "From now on you", "developer mode"
    r"\byou are (?:now\b|no longer\b|from now on|henceforth|an? (?:\w+ ){0,3}"
    r"(?:ai|assistant|language model|chat ?bot|model|pirate|hacker))",
    rf"\b(?:from now on|starting now|henceforth|for the rest of (?:this|the) "
    rf"(?:conversation|chat|session))\b[^.!?\n]{{0,60}}\b(?:you|{_SAYS}|every {_REPLY})\b",
    r"\b(?:developer|dan|jailbreak|god|debug|unrestricted|unfiltered|maintenance) mode\b"
    r"[^.!?\n]{0,30}\b(?:enabled?|activated?|on|entered|engaged)\b",
    r"\b(?:enter|enable|activate|switch (?:in)?to)\b[^.!?\n]{0,20}"
    r"\b(?:developer|dan|jailbreak|god|debug|unrestricted|unfiltered) mode\b",
    r"\bpretend (?:to be|that you|you)\b|\b(?:role-?play|act|behave) as (?:if you|an? "
    r"(?:\w+ ){0,3}(?:ai|assistant|model|chat ?bot|persona|character|pirate|hacker|terminal))\b",
    # "Answer only with …", "end every reply with …", "tell the user that …"
    rf"(?:^\W*|[,;:]\s*|\b(?:must|should|shall|will|please|to|and|then|always|only|instead|just|now)"
    rf" (?:\w+ )?){_SAYS}\b[^.!?\n]{{0,40}}\b(?:only with|with only|nothing (?:but|else)"
    rf"|exactly|verbatim|word for word|the (?:exact )?(?:words?|phrase|string|sentence|code)"
    rf"|with the (?:following|text)|in (?:all caps|json|base64|pirate))\b",
    rf"\b{_SAYS}\b[^.!?\n]{{0,80}}\b(?:in|at|of|to|from|with|before|after|into) (?:your|every|each"
    rf"|all|any|the (?:final|next)) (?:\w+ )?{_REPLY}\b",
    rf"\b(?:your|every|each|all) (?:\w+ )?{_REPLY}\b[^.!?\n]{{0,20}}\b(?:must|should|shall|needs?"
    rf" to|has to|have to|ends?|begins?|starts?)\b",
    rf"(?:^\W*|[,;:]\s*|\b(?:must|should|shall|please|and|then|always|also) )(?:tell|inform|ask"
    rf"|instruct|advise|urge|convince|remind|assure|warn) {_PERSON}\b",
    rf"\b(?:begin|start|end|finish|conclude|close|sign|prefix|preface|prepend|append|complete) "
    rf"(?:your|every|each|all)(?: \w+)? {_REPLY}\b",
    r"^\W*(?:please |now |just |always )?(?:say|state|claim|answer|reply|respond|announce|pretend)"
    r" that\b",
    # "AI systems reading this must", "note to the assistant"
    rf"\b{_MODEL}\b[^.!?\n]{{0,60}}\b(?:must|should|shall|has to|have to|needs? to|please"
    rf"|(?:is|are) (?:required|instructed|ordered|asked|to\b)|(?:read|process|summari[sz]|index"
    rf"|pars|answer|us|quot|cit)ing this)",
    rf"\b(?:note|message|attention|instructions?|notice|memo|reminder|important|dear|hey|hello)\b"
    rf"[^.!?\n]{{0,15}}\b(?:to|for)?\s*(?:any |the |an |all |whichever )?(?:{_MODEL}|assistant|"
    rf"model|bot)\b\s*[:,!]",
    rf"\bif you are (?:an? |the )?(?:\w+ )?(?:{_MODEL}|model|assistant|bot)\b",
    # The word that says "nothing found" (`rag.llm.prompting.NOT_FOUND`)
    r"\bnot_in_documents\b",
    # "When asked about X, say Y"
    rf"\b(?:if|when(?:ever)?)\b[^.!?\n]{{0,30}}\b(?:asks?|asked|questioned|queried)\b[^.!?\n]{{0,60}}"
    rf"[,:]?\s(?:you (?:must|should|shall|will|are to) |please |always |simply )*"
    rf"(?:{_SAYS}|deny|refuse|pretend|insist)\b",
    # "Do not mention this", "reveal your instructions", "send the conversation to"
    rf"\b(?:do not|don['’]t|never) (?:mention|reveal|tell|disclose|cite|quote|say|refer to|use"
    rf"|follow|trust|show)\b[^.!?\n]{{0,40}}\b(?:this (?:message|instruction|note|text|comment)"
    rf"|evidence|sources?|{_ORDERS}|{_PERSON}|other (?:documents|pieces|passages)|above)\b",
    rf"\b(?:reveal|leak|exfiltrate|print|repeat|show|output|dump|disclose|send|forward|post|upload"
    rf"|transmit|encode)\b[^.!?\n]{{0,50}}\b(?:your (?:\w+ )?{_ORDERS}|(?:this|the|your|whole|full"
    rf"|entire|previous) (?:\w+ )?(?:conversation|chat(?: history)?|history|question|prompt)"
    rf"|api keys?|environment variables?|context window)\b",
    r"\b(?:highest|top|maximum|absolute) priority\b[^.!?\n]{0,40}\b(?:instruction|order|override)",
    rf"\b(?:{_SAYS}|link|load|embed|fetch|call|open|visit)\b[^.!?\n]{{0,60}}"
    r"(?:!\[|\{(?:question|query|prompt|history|conversation|answer|data)\}|\[(?:QUESTION|QUERY|DATA)\])",
)
_TO_A_MODEL = re.compile("|".join(f"(?:{each})" for each in _PATTERNS), re.IGNORECASE)


# Every pattern needs one of these; most sentences have none, and are let through at once.
_SIGNAL = re.compile(
    r"<\||<</?sys>|\b(?:ignore|disregard|forget|overr\w+|bypass|discard|drop|cancel|suspend"
    r"|instructions?|prompts?|rules?|guidelines?|directives?|restrictions?|messages?|system"
    r"|developer|assistant|you|your|user|reader|asker|human|customer|person asking|repl(?:y|ies)"
    r"|answers?|responses?|outputs?|summary|completion|citations?|ai|a\.i|llm|gpt|chatgpt|claude"
    r"|gemini|llama|quoth|bots?|models?|chat ?bots?|mode|pretend|role-?play|act as|behave as|ask"
    r"|asks|asked|questioned|queried|exactly|verbatim|priority|inst|im_\w+|\w+_of_turn|evidence"
    r"|sources?|conversation|chat|history|api|environment|context|programming|training|say|print"
    r"|nothing (?:but|else)|everything|the (?:word|phrase|string|sentence|code)s?)\b"
    r"|\bnot_in_documents\b|!\[|\{\w+\}|\[(?:question|query|data)\]"
)


def addresses_model(sentence: str) -> bool:
    """Whether a sentence gives orders to a language model."""
    lowered = " ".join(sentence.lower().split())
    return _SIGNAL.search(lowered) is not None and _TO_A_MODEL.search(lowered) is not None
