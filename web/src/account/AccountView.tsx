import { t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { Card } from '../ui/Card.tsx';
import { Tabs } from '../ui/Tabs.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';

/** Everything about the person: who they are, how they log in, what they are told. */
export function AccountView({ tab }: { tab: string }) {
  const tabs = [{ id: 'profile', label: t('account'), href: paths.account('profile') }];
  return (
    <>
      <ViewTitle title={t('account')} />
      <Tabs label={t('account')} tabs={tabs} current={tab || 'profile'} />
      <Card title={t('account')}>
        <p class="soft">…</p>
      </Card>
    </>
  );
}
