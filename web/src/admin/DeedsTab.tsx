import { dataOf, type Answer } from '../../../client/index.ts';
import { usePages } from '../ui/loading.ts';
import { PagedList } from '../ui/Ready.tsx';
import { asPerson, given } from '../api/client.ts';
import { dateTime } from '../i18n/format.ts';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Refresh } from './Refresh.tsx';
import { d } from './texts/index.ts';

const deedsAt = (cursor: string | null) =>
  dataOf(asPerson.GET('/admin/deeds', { params: { query: { limit: 50, ...given({ cursor }) } } }));

/** What administrators have done. */
export function DeedsTab() {
  const deeds = usePages(deedsAt);
  return (
    <Card>
      <Refresh words={d('deedsIntro')} of={deeds} />
      <PagedList of={deeds} empty={<EmptyState icon="clock" title={d('noDeeds')} />}>
        {({ deed, at, by, about, details }) => (
          <>
            <div class="row-head">
              <h2 class="row-title">{d(`deed_${deed}`)}</h2>
              <time class="soft small" dateTime={at}>
                {dateTime(at)}
              </time>
            </div>
            <p class="soft small break">
              {[d('deedBy', { who: by }), about && d('deedAbout', { who: about }), detailsText(details)]
                .filter(Boolean)
                .join(' · ')}
            </p>
          </>
        )}
      </PagedList>
    </Card>
  );
}

const detailsText = (details: Answer<'get', '/admin/deeds'>['items'][number]['details']) =>
  Object.entries(details)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`)
    .join(' · ');
