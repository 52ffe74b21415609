import { t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { ButtonLink } from '../ui/Button.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';

/** For an address that leads nowhere. */
export function MissingView() {
  return (
    <div class="narrow card">
      <ViewTitle title={t('notHere')} />
      <p class="soft">{t('notHereMore')}</p>
      <div>
        <ButtonLink kind="primary" href={paths.list}>
          {t('toVideos')}
        </ButtonLink>
      </div>
    </div>
  );
}
