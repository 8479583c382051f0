# syntax=docker/dockerfile:1
# One image for every process of Chorus; the command says which. Python's minor version is the one all tests run on.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
ARG UV=0.13.9
ENV UV_PROJECT_ENVIRONMENT=/opt/chorus \
    UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1
RUN pip install --no-cache-dir --disable-pip-version-check "uv==${UV}"
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --extra all --no-install-project --compile-bytecode
COPY services ./services
RUN uv sync --frozen --no-dev --extra all --no-editable --compile-bytecode

FROM python:${PYTHON}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Chorus" \
      org.opencontainers.image.description="Collective complaint campaigns about digital wallets and payment services" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 chorus \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin chorus
COPY --from=build /opt/chorus /opt/chorus
COPY --chmod=0555 deploy/secrets/prepare.sh /opt/chorus/bin/prepare-secrets
ENV PATH=/opt/chorus/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONSAFEPATH=1
WORKDIR /
USER 10001:10001
ENTRYPOINT ["chorus"]
CMD ["--help"]
