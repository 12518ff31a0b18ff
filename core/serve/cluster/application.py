"""`serve run core.serve:app keys=keys.toml store=/srv/reeltalk`: the application that Ray Serve runs.

Two deployments. The ingress is stateless: the FastAPI application with its routes, keys and limits. The
engine loads the model and answers; Ray starts replicas of it as they are needed, on any machine. A clip is
always asked about at the replica that consistent hashing gives it, which so has its caches; where that one is
full or gone, at the next. What is kept (uploads, features, what was heard) lies in a folder that all share.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from ray import serve
from ray.serve import Application
from ray.serve.config import AutoscalingConfig, RequestRouterConfig
from ray.serve.handle import DeploymentHandle

from core.image_llm.load_options import LoadOptions
from core.serve.application import build_api_for
from core.serve.cluster.replica import Replica
from core.serve.cluster.workers import RemoteWorkers
from core.serve.front import log_requests
from core.serve.keys import KeyFile
from core.serve.settings import ApiLimits

BY_CLIP = RequestRouterConfig(
    request_router_class="ray.serve.experimental.consistent_hash_router.ConsistentHashRouter"
)
CONNECTIONS = 1000  # of one ingress; its limits turn others away long before
GRACE = 60.0  # seconds that answers have to end when a replica is stopped


class ClusterSettings(BaseModel):
    """What stands behind `serve run core.serve:app`, or under `args` of Serve's config file."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    keys: Path  # API keys; the same path on all machines
    store: Path  # a folder that all machines share: uploads, features, what was heard and read
    model: str = "compact"
    adapter: Path | None = None
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    bits: Literal[4, 8] | None = None
    llm_engine: Literal["own", "vllm"] = "own"
    at_once: int = Field(default=8, ge=1)  # answers that a replica writes side by side
    queue: int = Field(default=64, ge=0)  # requests that may wait beside those that are worked on
    senses_at_once: int = Field(default=1, ge=0)  # clips that a replica hears or reads side by side
    min_replicas: int = Field(default=1, ge=1)
    max_replicas: int = Field(default=4, ge=1)
    cpus: float = 2.0  # that a replica takes of its machine
    gpus: float = 0.0
    ingresses: int = Field(default=1, ge=1)  # each counts the limits of a key for itself

    @property
    def name(self) -> str:
        """By which clients know the model."""
        return Path(self.model).name if Path(self.model).is_dir() else self.model

    @property
    def limits(self) -> ApiLimits:
        return ApiLimits(at_once=self.at_once, queue=self.queue, senses_at_once=self.senses_at_once)


@serve.ingress()
class Ingress:
    """The routes; all work goes to the engine."""

    def __init__(self, settings: ClusterSettings, engine: DeploymentHandle) -> None:
        self._settings, self._engine = settings, engine

    def __serve_build_asgi_app__(self) -> FastAPI:
        log_requests()
        wanted = self._settings
        limits = replace(wanted.limits, at_once=wanted.at_once * wanted.max_replicas)
        return build_api_for(
            lambda _, metrics: RemoteWorkers((wanted.name,), self._engine, metrics),
            wanted.store / "files",
            KeyFile(wanted.keys),
            limits,
        )


def app(settings: ClusterSettings) -> Application:
    """Raises SettingError where the file of keys cannot be read."""
    KeyFile(settings.keys)
    here: dict[str, Any] = {name: Path(path).absolute() for name, path in settings if isinstance(path, Path)}
    if Path(settings.model).is_dir():
        here["model"] = str(Path(settings.model).absolute())
    settings = settings.model_copy(update=here)
    engine = serve.deployment(
        Replica,
        name="Engine",
        max_ongoing_requests=settings.at_once,
        graceful_shutdown_timeout_s=GRACE,
        request_router_config=BY_CLIP,
        ray_actor_options={"num_cpus": settings.cpus, "num_gpus": settings.gpus},
        autoscaling_config=AutoscalingConfig(
            min_replicas=settings.min_replicas,
            max_replicas=settings.max_replicas,
            target_ongoing_requests=max(1, settings.at_once / 2),
        ),
    )
    options = LoadOptions(settings.device, settings.dtype, settings.bits, llm_engine=settings.llm_engine)
    bound = engine.bind(
        settings.model, settings.name, settings.adapter, options, settings.store, settings.limits
    )
    ingress = serve.deployment(
        Ingress,
        num_replicas=settings.ingresses,
        max_ongoing_requests=CONNECTIONS,
        graceful_shutdown_timeout_s=GRACE,
    )
    return ingress.bind(settings, bound)
