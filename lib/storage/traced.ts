import { SpanKind } from '@opentelemetry/api';
import { inSpan } from '../tracing/trace.ts';
import type { ObjectStore } from './object-store.ts';

/** Objects are told apart by what begins their keys (`sources`, `archives`); the ids stay out of traces. */
const span = <T>(name: string, key: string, work: () => Promise<T>): Promise<T> =>
  inSpan(
    `store ${name}`,
    { kind: SpanKind.CLIENT, attributes: { 'object.kind': key.split('/')[0] ?? '' } },
    work,
  );

/** An object store whose operations are spans; that of `get` ends when the object is open. */
export function tracedStore(store: ObjectStore): ObjectStore {
  return {
    ...store,
    put: (key, source, signal) => span('put', key, () => store.put(key, source, signal)),
    get: (key, range) => span('get', key, () => store.get(key, range)),
    head: (key) => span('head', key, () => store.head(key)),
    delete: (key) => span('delete', key, () => store.delete(key)),
    localFile: (key, ...rest) => span('localFile', key, () => store.localFile(key, ...rest)),
    resumable: () => {
      const uploads = store.resumable();
      return {
        create: (upload) => span('create', upload.id, () => uploads.create(upload)),
        write: (source, key, offset) => span('write', key, () => uploads.write(source, key, offset)),
        getUpload: (key) => span('getUpload', key, () => uploads.getUpload(key)),
      };
    },
  };
}
