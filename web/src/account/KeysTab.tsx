import { useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { ApiKey, NewApiKey } from '../api/schemas.ts';
import { ago } from '../i18n/format.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { showToast } from '../ui/toasts.ts';
import { Confirm } from '../ui/Confirm.tsx';
import { Intro } from './Intro.tsx';
import { KeyForm } from './KeyForm.tsx';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { SecretOnce } from './SecretOnce.tsx';
import { a } from './texts/index.ts';

const askKeys = (signal: AbortSignal) => dataOf(asPerson.GET('/me/keys', { signal }));

/** Keys for programs. */
export function KeysTab() {
  const keys = useLoad(askKeys);
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [making, setMaking] = useState(false);
  const add = (key: NewApiKey) => {
    setMade(key);
    setMaking(false);
    void keys.reload();
  };
  return (
    <>
      {made && (
        <SecretOnce title={a('keyReady', { name: made.name })} value={made.key} onDone={() => setMade(null)}>
          <p>{a('keyUse')}</p>
        </SecretOnce>
      )}
      {making && <KeyForm onMade={add} onClose={() => setMaking(false)} />}
      <Ready of={keys}>
        {({ items }) => (
          <Card>
            <Intro words={a('keysIntro')}>
              <Button size="small" kind="primary" icon="plus" onClick={() => setMaking(true)}>
                {a('newKey')}
              </Button>
            </Intro>
            {items.length === 0 && (
              <EmptyState icon="key" title={a('noKeys')}>
                <p>{a('noKeysMore')}</p>
              </EmptyState>
            )}
            <ul class="rows">
              {items.map((key) => (
                <KeyRow key={key.id} apiKey={key} onRevoked={keys.reload} />
              ))}
            </ul>
          </Card>
        )}
      </Ready>
    </>
  );
}

function factsOf({ prefix, lastUsedAt, expiresAt, createdAt }: ApiKey, ended: boolean): string {
  const end = expiresAt ? a('keyEnds', { when: ago(expiresAt) }) : a('keyEndless');
  return [
    `${prefix}…`,
    lastUsedAt ? a('keyUsed', { when: ago(lastUsedAt) }) : a('keyUnused'),
    ...(ended ? [] : [end]),
    a('created', { when: ago(createdAt) }),
  ].join(' · ');
}

function KeyRow({ apiKey, onRevoked }: { apiKey: ApiKey; onRevoked: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  const { id, name, scope, expiresAt } = apiKey;
  const ended = expiresAt !== null && Date.parse(expiresAt) < Date.now();
  const revoke = async () => {
    await asPerson.DELETE('/me/keys/{id}', { params: { path: { id } } });
    await onRevoked();
    showToast(a('keyRevoked'), { tone: 'good' });
  };
  return (
    <li class="row">
      <div class="row-head">
        <h2 class="row-title">{name}</h2>
        <Button size="small" kind="danger" onClick={() => setAsking(true)}>
          <span aria-hidden="true">{a('revoke')}</span>
          <span class="unseen">{a('revokeOf', { name })}</span>
        </Button>
      </div>
      <p class="line">
        <span class={`badge${scope === 'write' ? ' busy' : ''}`}>
          {a(scope === 'write' ? 'scopeWriteShort' : 'scopeRead')}
        </span>
        {ended && <span class="badge bad">{a('keyEnded')}</span>}
        <span class="soft small break">{factsOf(apiKey, ended)}</span>
      </p>
      {asking && (
        <Confirm
          title={a('revokeAsk', { name })}
          action={a('revoke')}
          danger
          onConfirm={revoke}
          onClose={() => setAsking(false)}
        >
          <p>{a('revokeMore')}</p>
        </Confirm>
      )}
    </li>
  );
}
