ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
# A container's network is its wall: protected mode is off unless a file or a flag turns it on.
RUN npm run build -- '--define:process.env.RESPD_PROTECTED_MODE_DEFAULT="no"' \
  && chmod 755 dist/main.js \
  && npm prune --omit=dev --no-audit --no-fund

FROM node:${NODE_VERSION}-bookworm-slim
LABEL org.opencontainers.image.title="respd" \
  org.opencontainers.image.description="A Redis-compatible in-memory server in TypeScript"
# The ids of the official redis image, so that existing volumes fit.
RUN groupadd --system --gid 999 redis \
  && useradd --system --uid 999 --gid redis --home-dir /data --no-create-home redis \
  && mkdir /data \
  && chown redis:redis /data
# redis-cli, for health checks and for people.
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-tools \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/package.json /usr/local/lib/respd/package.json
COPY --from=build /build/node_modules /usr/local/lib/respd/node_modules
COPY --from=build /build/dist /usr/local/lib/respd/dist
COPY --chmod=755 .docker/entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN ln -s ../lib/respd/dist/main.js /usr/local/bin/respd \
  && ln -s ../lib/respd/dist/main.js /usr/local/bin/redis-server
VOLUME /data
WORKDIR /data
EXPOSE 6379
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["redis-server"]
