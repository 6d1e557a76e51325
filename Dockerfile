# The platform in containers: two images from one file, for BuildKit.
#
#   docker build --target server -t paas-server .
#   docker build --target router -t paas-router .
#
# Both use the host's network, because the router reaches the apps by their addresses on the app networks:
#
#   docker run -d --name paas-router --restart always --network host -v paas-router:/var/lib/paas/router paas-router
#   docker run --rm --network host -v paas:/var/lib/paas -v /var/run/docker.sock:/var/run/docker.sock paas-server init
#   docker run -d --name paas-server --restart always --network host --cap-add NET_ADMIN \
#     -v paas:/var/lib/paas -v paas-router:/var/lib/paas/router -v /var/run/docker.sock:/var/run/docker.sock paas-server
#
# `init` prints the secret that claims the box. Whoever has the engine's socket is root on the machine: the server
# container is no wall around the server. The router has no socket, no secrets and is not root.
# NET_ADMIN lets the server keep apps away from the machine's own ports and the cloud metadata service.

ARG BASE=debian:bookworm-slim

# Debian's npm fetches the packages and the Node.js that package.json pins; both of its own stay in this stage.
FROM ${BASE} AS npm
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libcap2-bin npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/paas
COPY package.json package-lock.json ./

FROM npm AS packages
# The secret `ca` is a PEM bundle, for networks with a certificate authority of their own.
RUN --mount=type=secret,id=ca,target=/run/ca.crt,required=false --mount=type=cache,target=/root/.npm \
    NODE_EXTRA_CA_CERTS=/run/ca.crt npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && mv node_modules/node-linux-*/bin/node /usr/local/bin/node \
    && rm -r node_modules/node-linux-*
# The router's copy may bind ports 80 and 443 without being root; that is void under no-new-privileges.
RUN mkdir /router && cp /usr/local/bin/node /router/node && setcap cap_net_bind_service=+ep /router/node

# The router and the server in one file each, which are smaller in memory than from their sources; and the pages of the console.
FROM npm AS bundles
RUN --mount=type=secret,id=ca,target=/run/ca.crt,required=false --mount=type=cache,target=/root/.npm \
    NODE_EXTRA_CA_CERTS=/run/ca.crt npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/bundle.ts scripts/build-router.ts scripts/
COPY router router
RUN node_modules/node-linux-*/bin/node scripts/build-router.ts
COPY tsconfig.json ./
COPY builder builder
COPY server server
COPY scripts/build-server.ts scripts/
RUN node_modules/node-linux-*/bin/node scripts/build-server.ts
COPY scripts/build-console.ts scripts/
COPY web web
RUN node_modules/node-linux-*/bin/node scripts/build-console.ts

FROM ${BASE} AS server
# git receives pushes, iptables keeps apps to themselves, mmdebstrap makes the base image where no registry answers.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git iptables mmdebstrap \
    && rm -rf /var/lib/apt/lists/*
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
WORKDIR /opt/paas
COPY --from=packages /opt/paas/node_modules node_modules
COPY package.json ./
COPY router router
COPY builder builder
COPY server server
COPY --from=bundles /opt/paas/dist/server dist/server
COPY --from=bundles /opt/paas/web/dist web/dist
ENV NODE_COMPILE_CACHE=/var/cache/paas
VOLUME /var/lib/paas
EXPOSE 2222 7600
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--max-semi-space-size=4", "dist/server/main.cjs"]
CMD ["start"]

FROM ${BASE} AS router
COPY --from=packages /router/node /usr/local/bin/node
RUN useradd --system --uid 990 --no-create-home --home-dir /nonexistent paas-router \
    && install -d -o paas-router -m 0700 /var/lib/paas/router /var/cache/paas
WORKDIR /opt/paas
COPY --from=bundles /opt/paas/dist/router ./
ENV NODE_COMPILE_CACHE=/var/cache/paas
USER paas-router
VOLUME /var/lib/paas/router
EXPOSE 80
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--max-semi-space-size=16", "--no-parallel-scavenge", "main.mjs"]
