import type { ComponentType } from 'preact';
import { lazyView } from '../lazy-view.tsx';
import type { IconName } from '../ui/Icon.tsx';
import type { AccountTextKey } from './texts/index.ts';

/** A part of the account: its address is `#/account/<id>`. */
export interface Section {
  id: string;
  title: AccountTextKey;
  icon: IconName;
  /** Its code is loaded when it is first shown. */
  View: ComponentType;
}

const section = (
  id: string,
  title: AccountTextKey,
  icon: IconName,
  load: () => Promise<ComponentType>,
): Section => ({ id, title, icon, View: lazyView(load) });

/** The parts of the account as they stand together. */
export const groups: { title: AccountTextKey; sections: Section[] }[] = [
  {
    title: 'groupYou',
    sections: [
      section('profile', 'profile', 'person', async () => (await import('./ProfileTab.tsx')).ProfileTab),
      section('usage', 'usage', 'grid', async () => (await import('./UsageTab.tsx')).UsageTab),
    ],
  },
  {
    title: 'groupSecurity',
    sections: [
      section('password', 'password', 'lock', async () => (await import('./PasswordTab.tsx')).PasswordTab),
      section(
        'second-factor',
        'secondFactor',
        'shield',
        async () => (await import('./SecondFactorTab.tsx')).SecondFactorTab,
      ),
      section('sessions', 'sessions', 'devices', async () => (await import('./SessionsTab.tsx')).SessionsTab),
      section('keys', 'keys', 'key', async () => (await import('./KeysTab.tsx')).KeysTab),
      section(
        'security-log',
        'securityLog',
        'clock',
        async () => (await import('./SecurityLogTab.tsx')).SecurityLogTab,
      ),
    ],
  },
  {
    title: 'groupMessages',
    sections: [
      section(
        'notifications',
        'notifications',
        'bell',
        async () => (await import('./NotificationsTab.tsx')).NotificationsTab,
      ),
      section('webhooks', 'webhooks', 'globe', async () => (await import('./WebhooksTab.tsx')).WebhooksTab),
    ],
  },
  {
    title: 'groupGone',
    sections: [
      section('export', 'export', 'download', async () => (await import('./ExportTab.tsx')).ExportTab),
      section('delete', 'deletion', 'trash', async () => (await import('./DeletionTab.tsx')).DeletionTab),
    ],
  },
];

/** The part that an address names; undefined when there is none. */
export const findSection = (id: string): Section | undefined =>
  groups.flatMap(({ sections }) => sections).find((it) => it.id === id);
