import { t } from '../i18n/index.ts';
import { Note } from '../ui/Note.tsx';
import { isOnline } from './online.ts';

/** Says that nothing can arrive now. Its place is always there, so that screen readers hear the change. */
export function OfflineNote() {
  return (
    <div role="status" class="offline-note">
      {!isOnline.value && (
        <Note tone="warn">
          <p>{t('offline')}</p>
        </Note>
      )}
    </div>
  );
}
