"""What a run tells before its first step: enough to see what it is about to do."""

from pathlib import Path

from nmt.training.run import train
from nmt.training.trainer import Event
from tests.training.conftest import MakeConfig


def test_the_first_event_tells_of_corpus_vocabulary_and_mixture(
    make_toy_config: MakeConfig, tmp_path: Path
) -> None:
    events: list[Event] = []
    config = make_toy_config(max_steps=1)
    train(config, tmp_path / "model", listener=events.append)
    (start,) = (event for event in events if event["event"] == "start")
    assert start["step"] == 0 and start["batches_per_epoch"] > 0
    assert start["pairs"]["kept"] == sum(share["pairs"] for share in start["mixture"]) == 300
    assert [share["copies"] for share in start["mixture"]] == [1.0]
    assert start["vocabulary"][0] > 4 and start["parameters"] > 1000
    assert start["left_out"] == []
