import type { Entry, Operation } from './document.ts';
import { boundsOf, typeOf } from './document.ts';
import { SchemaView } from './SchemaView.tsx';

/** One request: what it takes, and what it answers. */
export function OperationView({ method, path, operation }: Entry) {
  return (
    <details class="card api-operation" id={operation.operationId}>
      <summary>
        <code class="api-method">{method}</code> <code class="break">{path}</code>{' '}
        <span class="soft">{operation.summary}</span>
      </summary>
      {operation.description?.split('\n\n').map((words) => (
        <p key={words}>{words}</p>
      ))}
      <Parameters of={operation} />
      <Body of={operation} />
      <h4>Answers</h4>
      <dl class="api-fields">
        {Object.entries(operation.responses).map(([status, { description, content = {} }]) => (
          <div key={status}>
            <dt>
              <code>{status}</code>
            </dt>
            <dd>
              <span class="break">{description.replaceAll('`', '')}</span>
              {Object.entries(content).map(([type, { schema }]) =>
                schema && type === 'application/json' ? (
                  <SchemaView key={type} schema={schema} />
                ) : type === 'application/problem+json' ? null : (
                  <p key={type}>
                    <code>{type}</code>
                  </p>
                ),
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Parameters({ of: { parameters = [] } }: { of: Operation }) {
  if (parameters.length === 0) return null;
  return (
    <>
      <h4>Parameters</h4>
      <dl class="api-fields">
        {parameters.map(({ name, in: place, required, description, schema }) => (
          <div key={`${place} ${name}`}>
            <dt>
              <code>{name}</code>{' '}
              <span class="soft small">
                {place}
                {required ? '' : ', optional'}
              </span>
            </dt>
            <dd class="small">
              <code>{typeOf(schema)}</code> {boundsOf(schema)}{' '}
              <span class="soft">{description ?? schema.description}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Body({ of: { requestBody } }: { of: Operation }) {
  if (!requestBody) return null;
  return (
    <>
      <h4>Body</h4>
      {Object.entries(requestBody.content ?? {}).map(([type, { schema }]) => (
        <div key={type}>
          <p>
            <code>{type}</code> <span class="soft">{requestBody.description}</span>
          </p>
          {schema && <SchemaView schema={schema} />}
        </div>
      ))}
    </>
  );
}
