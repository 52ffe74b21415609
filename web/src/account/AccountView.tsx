import { useEffect } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { Icon } from '../ui/Icon.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { findSection, groups, type Section } from './sections.ts';
import { a } from './texts/index.ts';
import './account.css';

/**
 * Everything about the person: who they are, how they log in, what they are told. Beside the list of its parts where
 * there is room; on a telephone the list is a view of its own.
 */
export function AccountView({ tab }: { tab: string }) {
  const section = findSection(tab || 'profile') ?? findSection('profile');
  if (!section) return null;
  return (
    <div class={`account ${tab ? 'at-part' : 'at-list'}`}>
      <SectionList current={section} />
      <div class="account-part" key={tab}>
        <header class="account-head">
          <a class="account-back" href={paths.account()}>
            <Icon name="back" />
            {t('account')}
          </a>
          <ViewTitle title={tab ? a(section.title) : t('account')} />
        </header>
        <div class="account-content stack">
          <section.View />
        </div>
      </div>
    </div>
  );
}

function SectionList({ current }: { current: Section }) {
  useEffect(() => scrollTo(0, 0), [current]);
  return (
    <nav class="sections" aria-label={a('sections')}>
      {groups.map(({ title, sections }) => (
        <div key={title} class="sections-group">
          <p class="sections-title">{a(title)}</p>
          <ul>
            {sections.map((it) => (
              <li key={it.id}>
                <a href={paths.account(it.id)} aria-current={it === current ? 'page' : undefined}>
                  <Icon name={it.icon} />
                  {a(it.title)}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
