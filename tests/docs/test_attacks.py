"""docs/attacks.md: every attack in the list has tests, and every mark stands in the list."""

import re
from collections import Counter

from tests.docs import attacks

NAMES = [name for of_heading in attacks.attacks().values() for name in of_heading]


def test_every_attack_has_a_test() -> None:
    assert [name for name in NAMES if name not in attacks.tests()] == []


def test_every_mark_is_in_the_list_once() -> None:
    assert [name for name in attacks.tests() if name not in NAMES] == []
    assert [name for name, number in Counter(NAMES).items() if number > 1] == []


def test_every_attack_is_a_sentence_of_its_own() -> None:
    sentences = [sentence for of_heading in attacks.attacks().values() for sentence in of_heading.values()]
    assert [text for text in sentences if not re.fullmatch(r"[A-Z`].*[.]", text) or "|" in text] == []
    assert len(set(sentences)) == len(sentences)


def test_the_page_names_each_test_that_is_marked() -> None:
    for name, of_one in attacks.tests().items():
        assert len(set(of_one)) == len(of_one), name
        for path, function in of_one:
            assert f"def {function}(" in path.read_text(encoding="utf-8")
    linked = re.findall(r"\]\(\.\./(tests/[^)]+[.]py)\)", attacks.document())
    assert set(linked) == {path.relative_to(attacks.ROOT).as_posix() for of_one in attacks.tests().values()
                           for path, _ in of_one}
