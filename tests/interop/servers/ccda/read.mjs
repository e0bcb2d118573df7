// What Medplum's reader makes of a C-CDA document on standard input: a FHIR Bundle.
import { readFileSync } from 'node:fs';

globalThis.WebSocket ??= class {}; // Node 20 has none, and the reader's core names it
const { convertCcdaToFhir, convertXmlToCcda } = await import('@medplum/ccda');
console.log(JSON.stringify(convertCcdaToFhir(convertXmlToCcda(readFileSync(0, 'utf8')))));
