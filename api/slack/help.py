"""What the bot says of itself."""

GREETING = (
    "Ask me a question, and I answer from the documents that I was given, with the exact places "
    "that the answer comes from. Go on asking in the same thread."
)
HELP = (
    f"{GREETING}\n"
    "• Mention me in a channel, write to me directly, or use `/quoth question`, which only you see "
    "until you share it.\n"
    "• In a thread where I take part I answer questions without a mention.\n"
    "• “Ask Quoth about this” in a message's menu asks me with that message.\n"
    "• `/quoth config` shows how I serve a channel; administrators change it, as in "
    "`/quoth config listen=questions answers=ephemeral collection=hr folder=policies "
    "allowed=@someone`, and set it back with `/quoth config reset`."
)
