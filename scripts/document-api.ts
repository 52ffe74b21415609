import { describeApi } from '../services/api/openapi/document.ts';
import { allEndpoints } from '../services/api/routes/index.ts';

const publicUrl = 'https://frames.test';

/** The endpoints with nothing behind them: only what they say of themselves is read. */
function describedEndpoints() {
  const unused = new Proxy({}, { get: () => () => undefined }) as never;
  const limits = { maxBytes: 1, idleSeconds: 1 };
  const needs = { store: unused, authenticate: unused, hub: unused, places: unused };
  return allEndpoints({ ...needs, limits, publicUrl });
}

/** How many operations the API has. */
export const countOperations = () => Object.keys(describedEndpoints()).length;

/** The API document (OpenAPI 3.1) of a made-up installation. */
export const documentApi = (): object => describeApi(describedEndpoints(), publicUrl);
