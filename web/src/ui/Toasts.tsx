import { t } from '../i18n/index.ts';
import { Button } from './Button.tsx';
import { toasts } from './toasts.ts';

/** Where the toasts appear. */
export function Toasts() {
  const dismiss = (id: number) => (toasts.value = toasts.value.filter((it) => it.id !== id));
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone, action }) => (
        <div key={id} class={`toast ${tone}`}>
          <p>{text}</p>
          {action && (
            <Button
              size="small"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <Button kind="quiet" size="small" icon="close" iconOnly onClick={() => dismiss(id)}>
            {t('close')}
          </Button>
        </div>
      ))}
    </div>
  );
}
