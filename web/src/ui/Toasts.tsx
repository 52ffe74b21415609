import { t } from '../i18n/index.ts';
import { Button } from './Button.tsx';
import { openDialogs } from './dialogs.ts';
import { hideToast, toasts } from './toasts.ts';

/**
 * Where the toasts appear: on the page, or in the dialog on top of it.
 * @param over which dialog this place belongs to
 */
export function Toasts({ over }: { over?: symbol }) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {(openDialogs.value.at(-1) === over ? toasts.value : []).map(({ id, text, tone, action }) => (
        <div key={id} class={`toast ${tone}`}>
          <p>{text}</p>
          {action && (
            <Button
              size="small"
              onClick={() => {
                // First: it may know where to go on from here.
                action.run();
                hideToast(id);
              }}
            >
              {action.label}
            </Button>
          )}
          <Button kind="quiet" size="small" icon="close" iconOnly onClick={() => hideToast(id)}>
            {t('close')}
          </Button>
        </div>
      ))}
    </div>
  );
}
