"""The Kubernetes manifests fit the schemas of Kubernetes, fit each other, and keep what docs/operations.md promises."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from cds_service.app import create_app
from cds_service.settings import PREFIX, Settings
from cds_service.trust.issuers import parse_issuers

FOLDER = Path(__file__).parents[2] / "docker" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
VERSIONS = ["1.30", "1.34"]


def load(name: str) -> dict[str, Any]:
    loaded = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


DEPLOYMENT = load("deployment")
POD = DEPLOYMENT["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
LABELS = DEPLOYMENT["spec"]["template"]["metadata"]["labels"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_manifest_fits_its_schema(path: Path, version: str) -> None:
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        kubernetes_validate.validate(document, version, strict=True)


def test_the_check_would_find_a_fault() -> None:
    wrong = load("deployment")
    wrong["spec"]["template"]["spec"]["containers"][0]["resources"]["limit"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_every_kind_is_there() -> None:
    kinds = {load(path.stem)["kind"] for path in FILES}
    assert kinds == {
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Secret",
        "Service",
    }


def test_a_replica_is_confined() -> None:
    assert POD["automountServiceAccountToken"] is False
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] == 10001  # as in the Dockerfile
    inside = CONTAINER["securityContext"]
    assert inside["readOnlyRootFilesystem"] is True
    assert inside["allowPrivilegeEscalation"] is False
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert [mount["mountPath"] for mount in CONTAINER["volumeMounts"]] == ["/tmp"]  # noqa: S108 - a mount in a container
    assert set(CONTAINER["resources"]) == {"requests", "limits"}
    for amounts in CONTAINER["resources"].values():
        assert set(amounts) == {"cpu", "memory"}


def test_probes_ask_what_exists() -> None:
    assert CONTAINER["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert CONTAINER["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert CONTAINER["startupProbe"]["httpGet"]["path"] == "/healthz"


def test_there_is_time_to_end() -> None:
    pause = int(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][-1].partition("sleep(")[2].rstrip(")"))
    assert pause + 10 < POD["terminationGracePeriodSeconds"]  # the service ends within 10 s of TERM


def test_manifests_mean_each_other() -> None:
    assert load("service")["spec"]["selector"].items() <= LABELS.items()
    assert load("disruption")["spec"]["selector"]["matchLabels"].items() <= LABELS.items()
    assert load("networkpolicy")["spec"]["podSelector"]["matchLabels"].items() <= LABELS.items()
    assert DEPLOYMENT["spec"]["selector"]["matchLabels"].items() <= LABELS.items()
    assert load("autoscaler")["spec"]["scaleTargetRef"]["name"] == DEPLOYMENT["metadata"]["name"]
    assert load("autoscaler")["spec"]["minReplicas"] == DEPLOYMENT["spec"]["replicas"]
    assert load("disruption")["spec"]["minAvailable"] < DEPLOYMENT["spec"]["replicas"]
    assert load("service")["spec"]["ports"][0]["targetPort"] == CONTAINER["ports"][0]["name"]
    sources = {name for one in CONTAINER["envFrom"] for name in (next(iter(one.values()))["name"],)}
    assert sources == {load("configmap.example")["metadata"]["name"], load("secret.example")["metadata"]["name"]}
    ingress = load("ingress")["spec"]
    assert ingress["tls"][0]["hosts"] == [rule["host"] for rule in ingress["rules"]]
    for path in ingress["rules"][0]["http"]["paths"]:
        assert path["backend"]["service"]["name"] == load("service")["metadata"]["name"]
        assert path["path"] != "/metrics"


def test_the_ingress_passes_every_address_that_is_for_the_outside() -> None:
    """Without one of them a page of the SMART app would come without its script, for example."""
    settings = Settings(
        auth="required", trusted_issuers=load("configmap.example")["data"][f"{PREFIX}TRUSTED_ISSUERS"], demo=False,
        smart_client_id="client", secret_key="k" * 32, fhir_servers="https://fhir.example.org/r4", public_url="https://cds.example.org",
    )  # fmt: skip
    paths = load("ingress")["spec"]["rules"][0]["http"]["paths"]

    def passed(address: str) -> bool:
        return any(
            address == one["path"] or (one["pathType"] == "Prefix" and address.startswith(f"{one['path']}/"))
            for one in paths
        )

    kept_back = {
        rule.rule for rule in create_app(settings, loopback=False).url_map.iter_rules() if not passed(rule.rule)
    }
    assert kept_back == {"/healthz", "/readyz", "/metrics"}


def test_settings_of_the_examples_are_settings() -> None:
    given = {**load("configmap.example")["data"], **load("secret.example")["stringData"]}
    names = {name.removeprefix(PREFIX).lower(): value for name, value in given.items()}
    assert all(name.startswith(PREFIX) for name in given)
    settings = Settings(**names)
    assert settings.auth == "required"
    assert parse_issuers(settings.trusted_issuers)
    assert json.loads(settings.trusted_issuers)


def test_nothing_goes_out_but_what_is_named() -> None:
    policy = load("networkpolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    for rule in policy["egress"]:
        assert rule["to"]
        assert rule["ports"]
        assert "0.0.0.0/0" not in str(rule)
