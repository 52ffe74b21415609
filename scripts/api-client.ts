// Writes the types of the typed client from the API document: node scripts/api-client.ts [--check]
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString, COMMENT_HEADER, type OpenAPI3 } from 'openapi-typescript';
import { format } from 'prettier';
import { documentApi } from './document-api.ts';

const file = new URL('../client/schema.ts', import.meta.url);
// What has a default need not be sent; answers always hold it, and say so by `required`.
const nodes = await openapiTS(documentApi() as OpenAPI3, { defaultNonNullable: false });
const source = await format(COMMENT_HEADER + astToString(nodes), {
  ...(JSON.parse(await readFile(new URL('../.prettierrc.json', import.meta.url), 'utf8')) as object),
  parser: 'typescript',
});

if (!process.argv.includes('--check')) await writeFile(file, source);
else if ((await readFile(file, 'utf8')) !== source) {
  console.error('client/schema.ts is not what the API document says: npm run build:client');
  process.exitCode = 1;
}
