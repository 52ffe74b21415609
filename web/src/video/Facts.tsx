import type { Extraction, Video } from '../api/schemas.ts';
import { clock, dateTime, day, fileSize } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { recipeWords } from '../recipe/words.ts';
import { Card } from '../ui/Card.tsx';

/** What is known of a video and of one of its extractions. */
export function Facts({ video, extraction }: { video: Video; extraction: Extraction }) {
  const { media, size, createdAt, sourceExpiresAt } = video;
  const { archive, expiresAt, recipe } = extraction;
  const facts: [string, string | null | undefined | false][] = [
    [t('factRecipe'), recipeWords(recipe)],
    [t('factArchive'), archive && fileSize(archive.size)],
    [t('factArchiveUntil'), archive && expiresAt && day(expiresAt)],
    [t('factLength'), media && clock(media.durationSeconds)],
    [t('factPicture'), media && `${media.width} × ${media.height}`],
    [
      t('factRate'),
      media && media.frameRate > 0 && t('framesPerSecond', { rate: Math.round(media.frameRate * 100) / 100 }),
    ],
    [t('factCodec'), media?.codec.toUpperCase()],
    [t('factSize'), fileSize(size)],
    [t('factUploaded'), dateTime(createdAt)],
    [t('factVideoUntil'), sourceExpiresAt && day(sourceExpiresAt)],
  ];
  return (
    <aside class="facts">
      <Card title={t('details')}>
        <dl>
          {facts.map(([name, value]) =>
            value ? (
              <div key={name}>
                <dt>{name}</dt>
                <dd class="numbers">{value}</dd>
              </div>
            ) : null,
          )}
        </dl>
      </Card>
    </aside>
  );
}
