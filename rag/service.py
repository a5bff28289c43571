"""Everything that a server works with, open and in one hand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embeddings.queued import QueuedEncoder
    from rag.assistant import Assistant
    from rag.conversations import Conversations
    from rag.keys import Keys
    from rag.pages import Pages
    from rag.store.base import DocumentStore
    from rag.store.feedback_base import FeedbackStore
    from rag.store.slack_base import SlackStore
    from rag.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Service:
    """The engine's parts behind the API. Each is safe to call from several threads."""

    assistant: "Assistant"
    encoder: "QueuedEncoder"
    conversations: "Conversations"
    documents: "DocumentStore"
    pages: "Pages"
    feedback: "FeedbackStore"
    keys: "Keys"
    uploads: "Uploads"
    slack: "SlackStore"
