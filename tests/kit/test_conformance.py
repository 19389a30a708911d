"""The conformance checks: they pass a good service, find each planted defect, and say so on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds_service import demo
from cds_service.cli import main
from cds_service.kit.conformance import CHECKS, Report, Target, UnreachableError, run
from tests.kit.defects import DEFECTS
from tests.kit.dummy import ORIGIN, running_dummy
from tests.service.live import Live, running_service
from tests.service.signing import ISSUER, private_key, public_jwk

BY_NAME = {check.name: check for check in CHECKS}
PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running_service(tmp_path_factory.mktemp("conformance"), log_level="error") as service:
        yield service


def report(url: str, *names: str) -> Report:
    target = Target(url, origin=ORIGIN)
    try:
        return run(target, [BY_NAME[name] for name in names] if names else CHECKS)
    finally:
        target.close()


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["conformance", *arguments])


def test_this_service_conforms(live: Live) -> None:
    found = report(live.base)
    assert found.passed, found.text()
    assert {one.check.row for one in found.results if one.status == "skipped"} <= {"R85", "R90", "R94", "R98"}, (
        found.text(everything=True)
    )


def test_a_good_service_passes() -> None:
    with running_dummy() as url:
        found = report(url)
    assert found.passed, found.text()
    assert not [one for one in found.results if one.status == "noted"], found.text()


def test_there_are_enough_defects_and_each_check_has_one() -> None:
    assert len(DEFECTS) >= 40
    assert len({defect.check for defect in DEFECTS.values()}) >= 70
    assert {defect.check for defect in DEFECTS.values()} <= set(BY_NAME)


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_by_its_check(name: str) -> None:
    defect = DEFECTS[name]
    with running_dummy(defect) as url:
        (found,) = report(url, defect.check).results
    expected = "noted" if BY_NAME[defect.check].level == "advice" else "failed"
    assert found.status == expected, found
    assert all(found.findings)


def test_names_are_unique_and_documented() -> None:
    assert len(BY_NAME) == len(CHECKS)
    listed = re.findall(r"^\| `(R\d+_\w+)` \| (\w+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [(check.name, check.level) for check in CHECKS]


def test_the_command_passes_this_service(live: Live, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_bytes(demo.load_request("tcr-four-lines"))
    result = command(f"{live.base}/cds-services", "--request", str(request), "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["passed"] is True


def test_the_command_fails_a_broken_service() -> None:
    with running_dummy(DEFECTS["hard-stop"]) as url:
        result = command(url)
    assert result.exit_code == 1
    assert "FAILED   R53_indicator_is_known (must)" in result.output


def test_the_command_says_that_nothing_answers() -> None:
    result = command("http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "Nothing answers at http://127.0.0.1:9/cds-services" in result.stderr
    with pytest.raises(UnreachableError):
        run(Target("http://127.0.0.1:9"))


@pytest.mark.parametrize(
    "arguments",
    [["127.0.0.1:8000"], ["http://127.0.0.1:9", "--issuer", "x"], ["http://127.0.0.1:9", "--request", "FILE"],
     ["http://127.0.0.1:9", "--key", "FILE", "--issuer", "x"]],
)  # fmt: skip
def test_wrong_usage_is_2(arguments: list[str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]", encoding="utf-8")
    assert command(*[str(wrong) if one == "FILE" else one for one in arguments]).exit_code == 2


@pytest.mark.slow
def test_a_service_that_asks_for_tokens(tmp_path: Path) -> None:
    from jwt.algorithms import ECAlgorithm

    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [public_jwk("ec1")]}), encoding="utf-8")
    secret = tmp_path / "secret.json"
    secret.write_text(
        json.dumps({**json.loads(ECAlgorithm.to_jwk(private_key("ec1"))), "kid": "ec1"}), encoding="utf-8"
    )
    issuers = json.dumps([{"iss": ISSUER, "jwks_file": str(keys)}])
    with running_service(tmp_path, auth="required", trusted_issuers=issuers, log_level="error") as service:
        unsigned = command(service.base)
        assert unsigned.exit_code == 1
        result = command(service.base, "--key", str(secret), "--issuer", ISSUER, "--all")
    assert result.exit_code == 0, result.output
    assert "ok       R94_forged_tokens_are_refused" in result.output
