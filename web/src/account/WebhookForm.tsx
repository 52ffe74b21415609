import { useState } from 'preact/hooks';
import type { Body } from '../../../client/index.ts';
import { faultAt } from '../api/problem.ts';
import type { Webhook } from '../api/schemas.ts';
import { kindName } from '../bell/texts.ts';
import { t } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { atField } from './fields.ts';
import { hookKinds, type HookKind } from './hook-kinds.ts';
import { a } from './texts/index.ts';

interface WebhookFormProps {
  /** The one to change; a new one without it. */
  hook?: Webhook;
  save: (fields: Body<'post', '/me/webhooks'>) => Promise<unknown>;
  onClose: () => void;
}

/** Where a webhook is, and what it is told. */
export function WebhookForm({ hook, save, onClose }: WebhookFormProps) {
  const [url, setUrl] = useState(hook?.url ?? '');
  const [kinds, setKinds] = useState<HookKind[]>(hook?.kinds ?? hookKinds.slice(0, 3));
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    if (kinds.length === 0) throw faultAt({ path: 'kinds', message: a('chooseAKind') });
    await save({ url: url.trim(), kinds }).catch(atField({ forbidden_target: 'url' }, 'forbidden'));
  }, ['url', 'kinds']);
  return (
    <Dialog title={a(hook ? 'changeHook' : 'newHook')} onClose={onClose}>
      <form class="form" onSubmit={onSubmit}>
        <ProblemNote problem={problem} />
        <TextField
          label={a('hookUrl')}
          hint={a('hookUrlHint')}
          type="url"
          name="url"
          autocomplete="off"
          placeholder="https://example.com/hook"
          required
          maxLength={2000}
          value={url}
          onValue={setUrl}
          error={errorAt('url')}
        />
        <KindChoice chosen={kinds} onChosen={setKinds} error={errorAt('kinds')} />
        <div class="actions end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {hook ? t('save') : a('addHook')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface KindChoiceProps {
  chosen: readonly HookKind[];
  onChosen: (kinds: HookKind[]) => void;
  error: string | undefined;
}

function KindChoice({ chosen, onChosen, error }: KindChoiceProps) {
  const toggle = (kind: HookKind, wanted: boolean) =>
    onChosen(hookKinds.filter((it) => (it === kind ? wanted : chosen.includes(it))));
  return (
    <fieldset class="field" aria-describedby={error ? 'kinds-error' : undefined}>
      <legend class="field-label">{a('hookKinds')}</legend>
      <div class="kinds">
        {hookKinds.map((kind) => (
          <label key={kind} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(kind)}
              aria-invalid={error ? true : undefined}
              onChange={(event) => toggle(kind, event.currentTarget.checked)}
            />
            {kindName(kind)}
          </label>
        ))}
      </div>
      {error && (
        <p class="field-error" id="kinds-error">
          {error}
        </p>
      )}
    </fieldset>
  );
}
