import { useEffect, useLayoutEffect } from 'preact/hooks';
import { isLoggedIn } from './api/session.ts';
import { LoginView } from './entry/LoginView.tsx';
import { MissingView } from './shell/MissingView.tsx';
import { RegisterView } from './entry/RegisterView.tsx';
import { t } from './i18n/index.ts';
import { lazyView } from './lazy-view.tsx';
import { navigate, route } from './router.ts';
import { paths, type Route } from './routes.ts';
import { Header } from './shell/Header.tsx';
import { OfflineNote } from './shell/OfflineNote.tsx';
import { Toasts } from './ui/Toasts.tsx';
import { listingPlace } from './videos/listing.ts';
import { VideosView } from './videos/VideosView.tsx';

const ForgotView = lazyView(() => import('./entry/ForgotView.tsx').then((it) => it.ForgotView));
const ResetView = lazyView(() => import('./entry/ResetView.tsx').then((it) => it.ResetView));
const VerifyView = lazyView(() => import('./entry/VerifyView.tsx').then((it) => it.VerifyView));
const VideoView = lazyView(() => import('./video/VideoView.tsx').then((it) => it.VideoView));
const AccountView = lazyView(() => import('./account/AccountView.tsx').then((it) => it.AccountView));
const AdminView = lazyView(() => import('./admin/AdminView.tsx').then((it) => it.AdminView));

/** Views that somebody who is logged in has no use for, and those that need somebody. */
const forGuests = new Set<Route['view']>(['login', 'register']);
const forEverybody = new Set<Route['view']>(['forgot', 'reset', 'verify', 'missing']);

/** The whole page. */
export function App() {
  const { view } = route.value;
  useLayoutEffect(() => scrollTo(0, view === 'list' ? listingPlace() : 0), [view]);
  const target = redirection(view, isLoggedIn.value);
  useEffect(() => {
    if (target) navigate(target, { replace: true });
  }, [target]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('.view-title')?.focus();
        }}
      >
        {t('skipToContent')}
      </a>
      <Header />
      <main id="main">
        <OfflineNote />
        {!target && <View route={route.value} />}
      </main>
      <Toasts />
    </>
  );
}

function redirection(view: Route['view'], loggedIn: boolean): string | null {
  if (loggedIn) return forGuests.has(view) ? paths.list : null;
  return forGuests.has(view) || forEverybody.has(view) ? null : paths.login;
}

function View({ route: { ...it } }: { route: Route }) {
  switch (it.view) {
    case 'list':
      return <VideosView />;
    case 'login':
      return <LoginView />;
    case 'register':
      return <RegisterView />;
    case 'video':
      return <VideoView key={it.id} id={it.id} />;
    case 'account':
      return <AccountView tab={it.tab} />;
    case 'admin':
      return <AdminView tab={it.tab} />;
    case 'forgot':
      return <ForgotView />;
    case 'reset':
      return <ResetView token={it.token} />;
    case 'verify':
      return <VerifyView token={it.token} />;
    default:
      return <MissingView />;
  }
}
