// oidc-provider as what signs people in: a practice's provider, and that of an EHR from which Loopclose is opened.
// The one argument names a file: {clients: [{client_id, redirect_uris, jwks | client_secret, alg}], people: {id: claims}}.
// Nobody is asked for a password: /control/who/ID says who sits at the browser, and each question is answered for them.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { errors, Provider } from 'oidc-provider';

const { clients, people } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;
const base = `${origin}/fhir`;
const launches = new Map(); // grant → launch
const opened = new Map(); // launch → {patient, encounter}: what is open in the EHR
let who = Object.keys(people)[0];
let picked = {}; // the patient who is picked when somebody comes by themselves
const log = [];

let ahead = 0; // milliseconds by which its clock was moved
const now = Date.now;
Date.now = () => now() + ahead;

const provider = new Provider(origin, {
  clients: clients.map(({ alg, ...one }) => ({
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: one.jwks ? 'private_key_jwt' : 'client_secret_basic',
    ...(alg ? { token_endpoint_auth_signing_alg: alg } : {}),
    ...one,
  })),
  enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'] },
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['name'], email: ['email'], fhirUser: ['fhirUser'] },
  scopes: ['openid', 'profile', 'email', 'fhirUser', 'launch', 'launch/patient'],
  conformIdTokenClaims: false, // scopes' claims stand in the proof, as Epic and others do it
  extraParams: {
    aud(_, value) {
      if (value !== undefined && value !== base) throw new errors.InvalidRequest('aud is not this EHR');
    },
    launch(_, value) {
      if (value !== undefined && !opened.has(value)) throw new errors.InvalidRequest('no such launch');
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AuthorizationCode: 30 },
  cookies: { keys: ['for a test'] },
});
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route !== 'token' || !ctx.body?.access_token) return;
  const launch = launches.get(ctx.oidc.entities.Grant?.jti);
  const scopes = ctx.oidc.entities.AuthorizationCode?.scope ?? '';
  if (launch) Object.assign(ctx.body, opened.get(launch), { need_patient_banner: true });
  else if (scopes.includes('launch/patient')) Object.assign(ctx.body, picked);
});
provider.on('grant.error', (ctx, problem) => log.push(problem.error_detail ?? problem.message));

async function interaction(request, response) {
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: who } });
    return;
  }
  const grant = new provider.Grant({ accountId: who, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const grantId = await grant.save();
  if (params.launch) launches.set(grantId, params.launch);
  await provider.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true });
}

function answer(response, document) {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(document));
}

function control(path, response) {
  const [, , what, ...rest] = path.split('/');
  if (what === 'who') who = rest[0];
  if (what === 'open') opened.set(rest[0], { patient: rest[1], encounter: rest[2] });
  if (what === 'pick') picked = { patient: rest[0] };
  if (what === 'ahead') ahead = Number(rest[0]) * 1000;
  answer(response, log);
}

const signIn = provider.callback();
server.on('request', (request, response) => {
  const path = request.url;
  if (path === '/fhir/.well-known/smart-configuration') {
    answer(response, {
      issuer: origin,
      jwks_uri: `${origin}/jwks`,
      authorization_endpoint: `${origin}/auth`,
      token_endpoint: `${origin}/token`,
      capabilities: ['launch-ehr', 'launch-standalone', 'sso-openid-connect', 'context-ehr-patient'],
      code_challenge_methods_supported: ['S256'],
    });
  } else if (path.startsWith('/control/')) {
    control(path, response);
  } else if (path.startsWith('/interaction/')) {
    interaction(request, response).catch((problem) => {
      response.writeHead(500).end(String(problem));
    });
  } else {
    signIn(request, response);
  }
});
console.log(base);
