// oidc-provider as the sign-in of an EHR (SMART Backend Services), before a FHIR server that asks for nothing itself.
// The one argument names a file: {fhir, clients: [{client_id, alg, jwks or jwks_uri, scope, ttl}]}.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { errors, Provider } from 'oidc-provider';

const { fhir, clients } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const ALGORITHMS = ['RS384', 'ES384'];
const own = new Map(clients.map((one) => [one.client_id, one]));
const log = []; // one entry a token request: who asked, and what became of it

let ahead = 0; // milliseconds that the sign-in's clock was moved, so that tokens end without anybody waiting
const now = Date.now;
Date.now = () => now() + ahead;

const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;
const base = `${origin}/fhir`;
const endpoint = `${origin}/token`;

const provider = new Provider(origin, {
  clients: clients.map(({ client_id, alg, jwks, jwks_uri }) => ({
    client_id,
    jwks,
    jwks_uri,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
  })),
  enabledJWA: { clientAuthSigningAlgValues: ALGORITHMS },
  clockTolerance: 0,
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => base, // SMART sends no resource
      getResourceServerInfo: (_, __, { clientId }) => ({
        scope: own.get(clientId).scope,
        accessTokenTTL: own.get(clientId).ttl ?? 300,
        accessTokenFormat: 'opaque',
      }),
    },
  },
  // What SMART asks for beyond RFC 7523: five minutes at most, the token endpoint alone, kid and typ.
  assertJwtClientAuthClaimsAndHeader(_, claims, header) {
    const life = claims.exp - Math.floor(Date.now() / 1000);
    if (claims.aud !== endpoint || life > 300 || !header.kid || header.typ !== 'JWT') {
      throw new errors.InvalidClientAuth('not as SMART asks');
    }
  },
  fetch: (url, { dispatcher, ...options }) => fetch(url, options), // that one refuses a jwks_uri on loopback
});
provider.on('grant.success', (ctx) => log.push({ client: ctx.oidc.client.clientId, error: null }));
provider.on('grant.error', (ctx, problem) => {
  log.push({ client: ctx.oidc?.body?.client_id ?? null, error: problem.message, why: problem.error_detail ?? '' });
});

function answer(response, status, document, type = 'application/json') {
  const body = typeof document === 'string' ? document : JSON.stringify(document);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function refuse(response, status, code, diagnostics) {
  const issue = [{ severity: 'error', code, diagnostics }];
  answer(response, status, { resourceType: 'OperationOutcome', issue }, 'application/fhir+json');
}

async function resource(request, response, path) {
  const type = path.split(/[/?]/)[1];
  const shown = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const token = shown ? await provider.ClientCredentials.find(shown) : undefined;
  if (!token || token.isExpired) {
    answer(response, 401, 'Unauthorized', 'text/plain');
    return;
  }
  const may = (token.scope ?? '').split(' ').some((one) => new RegExp(`^system/${type}\\.(read|rs)$`).test(one));
  if (type !== 'metadata' && !may) {
    refuse(response, 403, 'forbidden', `the token does not reach ${type}`);
    return;
  }
  const found = await fetch(fhir + path, { headers: { Accept: request.headers.accept ?? '*/*' } });
  answer(response, found.status, await found.text(), found.headers.get('content-type'));
}

async function control(path, response) {
  if (path.startsWith('/control/ahead/')) ahead = Number(path.split('/')[3]) * 1000;
  if (path.startsWith('/control/revoke/')) {
    await (await provider.ClientCredentials.find(path.split('/')[3]))?.destroy();
  }
  answer(response, 200, log);
}

const signIn = provider.callback();
server.on('request', (request, response) => {
  const path = request.url;
  if (path === '/fhir/.well-known/smart-configuration') {
    answer(response, 200, { token_endpoint: endpoint, token_endpoint_auth_signing_alg_values_supported: ALGORITHMS });
  } else if (path.startsWith('/fhir/')) {
    resource(request, response, path.slice('/fhir'.length)).catch((problem) => answer(response, 500, String(problem)));
  } else if (path.startsWith('/control/')) {
    control(path, response).catch((problem) => answer(response, 500, String(problem)));
  } else {
    signIn(request, response);
  }
});
console.log(base);
