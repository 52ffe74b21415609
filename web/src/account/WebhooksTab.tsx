import { useState } from 'preact/hooks';
import { dataOf, type Body } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Intro } from './Intro.tsx';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { SecretOnce } from './SecretOnce.tsx';
import { a } from './texts/index.ts';
import { WebhookCard } from './WebhookCard.tsx';
import { WebhookForm } from './WebhookForm.tsx';

const MAX_WEBHOOKS = 10;

/** A secret to be shown once, and what is to be said about it. */
export interface ShownSecret {
  secret: string;
  renewed: boolean;
}

const askWebhooks = (signal: AbortSignal) => dataOf(asPerson.GET('/me/webhooks', { signal }));

/** Programs of the person's that are called when something happens. */
export function WebhooksTab() {
  const hooks = useLoad(askWebhooks);
  const [shown, setShown] = useState<ShownSecret | null>(null);
  const [adding, setAdding] = useState(false);
  const add = async (body: Body<'post', '/me/webhooks'>) => {
    const { secret } = await dataOf(asPerson.POST('/me/webhooks', { body }));
    setAdding(false);
    setShown({ secret, renewed: false });
    void hooks.reload();
  };
  return (
    <>
      {shown && <WebhookSecret shown={shown} onDone={() => setShown(null)} />}
      {adding && <WebhookForm save={add} onClose={() => setAdding(false)} />}
      <Ready of={hooks}>
        {({ items }) => (
          <>
            <Card>
              <Intro words={a('hooksIntro')}>
                {items.length < MAX_WEBHOOKS && (
                  <Button size="small" kind="primary" icon="plus" onClick={() => setAdding(true)}>
                    {a('newHook')}
                  </Button>
                )}
              </Intro>
              {items.length === 0 && (
                <EmptyState icon="globe" title={a('noHooks')}>
                  <p>{a('noHooksMore')}</p>
                </EmptyState>
              )}
            </Card>
            {items.map((hook) => (
              <WebhookCard key={hook.id} hook={hook} onChanged={hooks.reload} onSecret={setShown} />
            ))}
          </>
        )}
      </Ready>
    </>
  );
}

function WebhookSecret({ shown: { secret, renewed }, onDone }: { shown: ShownSecret; onDone: () => void }) {
  return (
    <SecretOnce title={a(renewed ? 'rotated' : 'hookSecret')} value={secret} onDone={onDone}>
      <p>
        {a('hookSecretMore')} {renewed && a('rotatedMore')}
      </p>
    </SecretOnce>
  );
}
