import { useEffect, useState } from 'preact/hooks';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { Loading } from '../ui/Loading.tsx';
import { entriesOf, type ApiDocument } from './document.ts';
import { OperationView } from './OperationView.tsx';
import { SchemaView } from './SchemaView.tsx';

/** The API document of the system that serves this page, for people to read. */
export function DocsView({ load }: { load: () => Promise<ApiDocument> }) {
  const [api, setApi] = useState<ApiDocument | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const read = () => {
    setProblem(null);
    load().then(setApi, setProblem);
  };
  useEffect(read, []);
  return (
    <main class="api-docs">
      <h1>The HTTP API</h1>
      <ProblemNote problem={problem} onRetry={read} />
      {api ? <Contents api={api} /> : problem === null && <Loading />}
    </main>
  );
}

function Contents({ api }: { api: ApiDocument }) {
  const { info, tags, paths, webhooks, components } = api;
  const parts = [...tags.map(({ name }) => name), 'Messages to webhooks', 'Schemas'];
  return (
    <>
      <p class="soft">
        Version {info.version} · <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1) ·{' '}
        <a href="/">the page</a>
      </p>
      {info.description.split('\n\n').map((words) => (
        <p key={words}>{words.replaceAll('`', '')}</p>
      ))}
      <nav aria-label="Parts of the API">
        <ul class="chips">
          {parts.map((name) => (
            <li key={name}>
              <a href={`#part-${name}`}>{name}</a>
            </li>
          ))}
        </ul>
      </nav>
      {tags.map(({ name, description }) => (
        <section key={name} aria-labelledby={`part-${name}`} class="stack">
          <h2 id={`part-${name}`}>{name}</h2>
          <p class="soft">{description}</p>
          {entriesOf(paths, name).map((entry) => (
            <OperationView key={entry.operation.operationId} {...entry} />
          ))}
        </section>
      ))}
      <section aria-labelledby="part-Messages to webhooks" class="stack">
        <h2 id="part-Messages to webhooks">Messages to webhooks</h2>
        {entriesOf(webhooks, 'Webhooks').map((entry) => (
          <OperationView key={entry.path} {...entry} />
        ))}
      </section>
      <section aria-labelledby="part-Schemas" class="stack">
        <h2 id="part-Schemas">Schemas</h2>
        {Object.entries(components.schemas).map(([name, schema]) => (
          <section key={name} class="card" id={`schema-${name}`} aria-label={name}>
            <h3>{name}</h3>
            {schema.description && <p class="soft">{schema.description}</p>}
            <SchemaView schema={schema} />
          </section>
        ))}
      </section>
    </>
  );
}
