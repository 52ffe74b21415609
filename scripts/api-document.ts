// Lints the API document, which the endpoints make of what they say of themselves: node scripts/api-document.ts [--print]
import {
  BaseResolver,
  createConfig,
  formatProblems,
  getTotals,
  lintDocument,
  makeDocumentFromString,
} from '@redocly/openapi-core';
import { countOperations, documentApi } from './document-api.ts';

const json = JSON.stringify(documentApi(), null, 2);

const config = await createConfig({
  extends: ['recommended'],
  rules: {
    // A path that stands beside a parameter (/video/check, /video/{id}) is meant: the gateway tries it first.
    'no-ambiguous-paths': 'off',
    // Health and versions can't fail by the client's fault.
    'operation-4xx-response': 'off',
    'no-unused-components': 'error',
    'operation-operationId-unique': 'error',
    'operation-summary': 'error',
  },
});

if (process.argv.includes('--print')) console.log(json);
else {
  const document = makeDocumentFromString(json, 'openapi.json');
  const problems = await lintDocument({
    document,
    config,
    externalRefResolver: new BaseResolver(config.resolve),
  });
  formatProblems(problems, { format: 'stylish', totals: getTotals(problems), version: '3.1' });
  const { errors, warnings } = getTotals(problems);
  console.log(`The API document: ${countOperations()} operations, ${errors} errors, ${warnings} warnings`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
