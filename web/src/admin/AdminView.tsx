import { person } from '../api/person.ts';
import { lazyView } from '../lazy-view.tsx';
import { paths } from '../routes.ts';
import { MissingView } from '../shell/MissingView.tsx';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { Loading } from '../ui/Loading.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { d, type AdminTextKey } from './texts/index.ts';
import '../account/account.css';
import './admin.css';

/** The parts of the administration; an address of one is `#/admin/<id>`. */
const sections = [
  part('jobs', 'film', async () => (await import('./JobsTab.tsx')).JobsTab),
  part('people', 'person', async () => (await import('./PeopleTab.tsx')).PeopleTab),
  part('queues', 'mail', async () => (await import('./QueuesTab.tsx')).QueuesTab),
  part('nodes', 'devices', async () => (await import('./NodesTab.tsx')).NodesTab),
  part('deeds', 'clock', async () => (await import('./DeedsTab.tsx')).DeedsTab),
];

function part(id: AdminTextKey, icon: IconName, load: Parameters<typeof lazyView<object>>[0]) {
  return { id, icon, View: lazyView(load) };
}

/** What administrators look after. For others there is nothing here; the server would tell them nothing, either. */
export function AdminView({ tab }: { tab: string }) {
  if (!person.value) return <Loading />;
  const section = sections.find(({ id }) => id === (tab || 'jobs'));
  if (person.value.role !== 'admin' || !section) return <MissingView />;
  return (
    <div class="admin">
      <nav class="admin-parts" aria-label={d('sections')}>
        <ul>
          {sections.map(({ id, icon }) => (
            <li key={id}>
              <a href={paths.admin(id)} aria-current={id === section.id ? 'page' : undefined}>
                <Icon name={icon} />
                {d(id)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <ViewTitle key={section.id} title={`${d('administration')}: ${d(section.id)}`} />
      <div class="stack">
        <section.View />
      </div>
    </div>
  );
}
