# One image for every service of cluster mode; the command says which. The embedded engine is left out: CLICKHOUSE_URL says
# where the database is.

FROM node:20-slim AS dependencies
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
# Not --omit=optional: lmdb, ffi-rs and esbuild bring their binaries for this platform as optional packages. The engine, 540 MB,
# comes in the same way and is deleted in the same layer.
RUN npm ci --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@chdb

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json tsconfig.json ./
COPY bin bin
COPY schemas schemas
COPY services services
# Where `spendledger secrets` puts what it makes. A volume that is mounted over one of these takes over its owner; only users.d,
# which holds no more than hashes, is read by another user, that of the ClickHouse image.
RUN install -d -o node -g node -m 0700 /secrets \
  && install -d -o node -g node -m 0700 /secrets/writer /secrets/aggregator /secrets/reader /secrets/api-keys \
  && install -d -o node -g node -m 0755 /secrets/users.d
USER node
ENTRYPOINT ["node", "bin/spendledger.js"]
CMD ["--help"]
