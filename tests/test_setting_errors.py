"""A wrong setting is one line that names it, and the nearest right one if there is none such."""

import re

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nmt.setting_errors import KnownSettings, describe_error

KNOWN = KnownSettings(
    ["data.max_length", "model.hidden_size", "model.cell", "training.seed", "data", "model"],
    ["source", "target", "path", "weight"],
    16,
)


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str = ""
    weight: float = Field(1.0, gt=0)


class Data(BaseModel):
    model_config = ConfigDict(extra="forbid")
    max_length: int = Field(100, ge=2)
    train: tuple[Entry, ...] = ()


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")
    data: Data = Data()
    name: str = ""


CASES = {
    "a misspelt setting": ({"data": {"max_lenght": 3}}, "did you mean data.max_length?"),
    "a setting in the wrong section": ({"data": {"seed": 3}}, "did you mean training.seed?"),
    "a misspelt section": ({"modle": {}}, "modle: unknown section"),
    "an unknown top-level setting": ({"hiden_size": 3}, "did you mean model.hidden_size?"),
    "a misspelt key of a corpus": (
        {"data": {"train": [{"sorce": "a"}]}}, "data.train.0.sorce: unknown setting; did you mean"
    ),
    "nothing near": ({"data": {"xyzzyq": 3}}, "data.xyzzyq: unknown setting"),
    "a word for a number": (
        {"data": {"max_length": "long"}}, "data.max_length = 'long': should be a whole number"
    ),
    "too small": ({"data": {"max_length": 1}}, "data.max_length = 1: should be greater than or"),
    "a value for a section": ({"data": 7}, "data = 7: should be a section"),
    "not positive": ({"data": {"train": [{"weight": 0}]}}, "data.train.0.weight = 0: should be"),
    "a key with a dot": ({"data": {"a.b": 1}}, "'a.b': unknown setting"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_line_names_the_setting_and_the_remedy(case: str) -> None:
    values, expected = CASES[case]
    with pytest.raises(ValidationError) as caught:
        Model.model_validate(values)
    line = describe_error(caught.value, KNOWN)
    assert "\n" not in line
    assert expected in line
    assert not re.search(r"[Ii]nput|dictionary|instance of", line)
