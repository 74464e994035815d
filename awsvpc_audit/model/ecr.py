"""Amazon ECR shapes, as the ECR API answers them."""

from awsvpc_audit.model.ecs import Shape


class Repository(Shape, frozen=True, kw_only=True):
    repository_name: str
    repository_arn: str | None = None
    registry_id: str | None = None


class ImageDetail(Shape, frozen=True, kw_only=True):
    registry_id: str | None = None
    repository_name: str = ""
    image_digest: str | None = None
    image_tags: tuple[str, ...] = ()

    @property
    def wanted_as(self) -> tuple[str, ...]:
        """What task definitions may call it: repository with each tag, and with the digest."""
        tagged = (f"{self.repository_name}:{tag}" for tag in self.image_tags)
        return (*tagged, *((f"{self.repository_name}@{self.image_digest}",) if self.image_digest else ()))
