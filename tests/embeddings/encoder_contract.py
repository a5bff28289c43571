"""What every encoder must do, whatever runs it. Subclasses give the fixture `encoder`."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from embeddings.base import Encoder

TEXTS = [
    "The railway tunnel under the mountain was opened in 1882.",
    "",
    "Bread is made of flour, water, salt and yeast.",
    "中国与中亚国家的贸易额再创新高。",
    "x",
    "Employees may carry over five days of leave. They ask their manager first. " * 3,
]


class EncoderContract:
    """Inherited by one test class for each encoder."""

    def test_vectors_are_float32_of_length_one_in_the_texts_order(self, encoder: Encoder) -> None:
        vectors = encoder.encode_documents(TEXTS).vectors

        assert vectors.shape == (len(TEXTS), encoder.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
        alone = np.vstack([encoder.encode_documents([text]).vectors for text in TEXTS])
        assert np.einsum("nd,nd->n", vectors, alone).min() > 0.999

    def test_a_query_is_one_unit_vector(self, encoder: Encoder) -> None:
        vector = encoder.encode_query("When was the tunnel opened?")

        assert vector.shape == (encoder.dimension,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)

    @pytest.mark.parametrize("query", ["", " \n\t ", "?!…", "\ud800", "🚆"])
    def test_a_query_without_words_still_gives_a_unit_vector(
        self, encoder: Encoder, query: str
    ) -> None:
        assert np.linalg.norm(encoder.encode_query(query)) == pytest.approx(1.0, abs=1e-5)

    def test_queries_together_have_the_vectors_of_each_alone(self, encoder: Encoder) -> None:
        queries = ["Who built it?", "", "What is bread made of, besides flour? " * 8, "Who?"]
        vectors = encoder.encode_queries(queries)

        assert vectors.shape == (len(queries), encoder.dimension)
        assert vectors.dtype == np.float32
        alone = np.vstack([encoder.encode_query(query) for query in queries])
        assert np.einsum("nd,nd->n", vectors, alone).min() > 0.999
        assert encoder.encode_queries([]).shape == (0, encoder.dimension)

    def test_no_texts_give_no_vectors(self, encoder: Encoder) -> None:
        encoded = encoder.encode_documents([], [])

        assert encoded.vectors.shape == (0, encoder.dimension)
        assert encoded.span_vectors == ()

    def test_the_text_that_shares_the_querys_words_is_nearest(self, encoder: Encoder) -> None:
        vectors = encoder.encode_documents(TEXTS).vectors

        assert int(np.argmax(vectors @ encoder.encode_query("flour water salt yeast"))) == 2

    def test_spans_have_unit_vectors_in_the_order_asked_for(self, encoder: Encoder) -> None:
        text = "The tunnel was opened in 1882. Bread is made of flour and water."
        first, second = (0, 30), (31, 64)

        encoded = encoder.encode_documents([text, "no spans"], [[second, first], []])

        assert [vectors.shape for vectors in encoded.span_vectors] == [
            (2, encoder.dimension),
            (0, encoder.dimension),
        ]
        assert encoded.span_vectors[0].dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(encoded.span_vectors[0], axis=1), 1, atol=1e-5)
        bread = encoder.encode_query("bread of flour and water")
        assert encoded.span_vectors[0][0] @ bread > encoded.span_vectors[0][1] @ bread

    def test_a_span_without_tokens_has_its_texts_vector(self, encoder: Encoder) -> None:
        text = "A tunnel.     A mountain."

        encoded = encoder.encode_documents([text], [[(10, 13), (5, 5)]])

        for vector in encoded.span_vectors[0]:
            assert vector @ encoded.vectors[0] == pytest.approx(1.0, abs=1e-5)

    def test_a_span_beyond_what_the_model_sees_has_its_texts_vector(self, encoder: Encoder) -> None:
        text = "tunnel " * (encoder.max_tokens + 50)

        encoded = encoder.encode_documents([text], [[(len(text) - 8, len(text))]])

        assert encoded.span_vectors[0][0] @ encoded.vectors[0] == pytest.approx(1.0, abs=1e-5)

    def test_text_beyond_what_the_model_sees_changes_nothing(self, encoder: Encoder) -> None:
        seen = "tunnel mountain " * encoder.max_tokens

        first, second = encoder.encode_documents([seen, seen + "bread flour water"]).vectors

        assert first @ second > 0.9999

    def test_spans_do_not_change_the_texts_vectors(self, encoder: Encoder) -> None:
        spans = [[(0, len(text))] for text in TEXTS]

        without = encoder.encode_documents(TEXTS).vectors
        with_spans = encoder.encode_documents(TEXTS, spans).vectors

        assert np.einsum("nd,nd->n", without, with_spans).min() > 0.999

    def test_progress_adds_up_to_the_number_of_texts(self, encoder: Encoder) -> None:
        done: list[int] = []

        encoder.encode_documents(TEXTS * 10, on_encoded=done.append)

        assert sum(done) == 10 * len(TEXTS)

    def test_what_progress_raises_stops_the_encoding(self, encoder: Encoder) -> None:
        class Stopped(Exception):
            pass

        def stop(texts: int) -> None:
            raise Stopped

        with pytest.raises(Stopped):
            encoder.encode_documents(TEXTS, on_encoded=stop)
        assert encoder.encode_documents(TEXTS).vectors.shape[0] == len(TEXTS)

    def test_threads_get_the_vectors_of_their_own_texts(self, encoder: Encoder) -> None:
        expected = encoder.encode_documents(TEXTS).vectors

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda text: encoder.encode_documents([text]).vectors[0], TEXTS))

        assert np.einsum("nd,nd->n", expected, np.vstack(found)).min() > 0.999

    def test_tokens_are_counted_without_special_ones_and_without_limit(
        self, encoder: Encoder
    ) -> None:
        assert encoder.count_tokens("") == 0
        assert encoder.count_tokens("tunnel mountain") == 2
        assert encoder.count_tokens("tunnel " * 2000) == 2000

    def test_it_names_itself(self, encoder: Encoder) -> None:
        assert encoder.name
        assert encoder.fingerprint
        assert encoder.dimension > 0
        assert encoder.max_tokens > 0
        assert encoder.tokenizer_file is None or encoder.tokenizer_file.is_file()
