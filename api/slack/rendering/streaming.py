"""An answer's deltas as the Markdown of Slack's streams."""


class StreamText:
    """Makes the deltas of one answer into pieces for `chat.appendStream`, in order.

    No piece, and no two pieces that meet, make a mention or a link. A sign whose meaning depends on
    what comes next is held back until that is there.
    """

    def __init__(self, *, markdown: bool) -> None:
        """For one answer.

        Args:
            markdown: Whether the text is Markdown (a language model's); document text is not, and
                is shown as it is.
        """
        raise NotImplementedError

    @property
    def full(self) -> bool:
        """Whether the message took in all it can: what came after was left out, so that the stream
        has to be stopped and the message be replaced by `answer_messages`.
        """
        raise NotImplementedError

    def add(self, delta: str) -> str:
        """What can be appended now, at most 12,000 characters; empty where nothing can."""
        raise NotImplementedError

    def end(self) -> str:
        """What was held back; call it once."""
        raise NotImplementedError
