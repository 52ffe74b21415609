import { isLoggedIn, logOut } from '../api/session.ts';
import { person } from '../api/person.ts';
import { Bell } from '../bell/Bell.tsx';
import { languages, locale, setLocale, t } from '../i18n/index.ts';
import { route } from '../router.ts';
import { paths } from '../routes.ts';
import { nextTheme, theme } from '../theme.ts';
import { Button, ButtonLink } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';

const themeIcons = { auto: 'auto', light: 'sun', dark: 'moon' } as const;
const themeNames = { auto: 'themeAuto', light: 'themeLight', dark: 'themeDark' } as const;

/** What stands above every view. */
export function Header() {
  return (
    <header class="top">
      <div class="top-inner">
        <a class="brand" href={paths.list} aria-label={t('productName')}>
          <img src="/favicon.svg" alt="" width="30" height="30" />
          <span>{t('productName')}</span>
        </a>
        <div class="top-tools">
          <LanguageChoice />
          <ThemeChoice />
          {isLoggedIn.value && <PersonTools />}
        </div>
      </div>
    </header>
  );
}

function LanguageChoice() {
  return (
    <label class="language">
      <Icon name="globe" />
      <span class="unseen">{t('language')}</span>
      <select
        value={locale.value}
        onChange={({ currentTarget }) => setLocale(currentTarget.value === 'pt-BR' ? 'pt-BR' : 'en')}
      >
        {Object.entries(languages).map(([it, name]) => (
          <option key={it} value={it} lang={it}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function ThemeChoice() {
  return (
    <Button kind="quiet" icon={themeIcons[theme.value]} iconOnly onClick={() => (theme.value = nextTheme())}>
      {t('theme', { theme: t(themeNames[theme.value]) })}
    </Button>
  );
}

function PersonTools() {
  return (
    <>
      <Bell />
      {person.value?.role === 'admin' && route.value.view !== 'admin' && (
        <ButtonLink kind="quiet" icon="settings" iconOnly href={paths.admin()}>
          {t('administration')}
        </ButtonLink>
      )}
      {route.value.view !== 'account' && (
        <ButtonLink kind="quiet" icon="person" iconOnly href={paths.account()}>
          {t('account')}
        </ButtonLink>
      )}
      <Button kind="quiet" icon="logout" iconOnly onClick={() => void logOut()}>
        {t('logOut')}
      </Button>
    </>
  );
}
