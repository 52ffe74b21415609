import { fileSize } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { Card } from '../ui/Card.tsx';
import { UploadRow } from './UploadRow.tsx';
import { uploads } from './uploads.ts';

/** The uploads that are not finished; nothing when all are. */
export function UploadList() {
  const count = uploads.value.length;
  if (count === 0) return null;
  return (
    <Card title={t('uploads')} aside={<p class="soft small">{t('uploadsStay')}</p>}>
      {count > 1 && <p class="small soft numbers">{summary(count)}</p>}
      <ul class="uploads">
        {uploads.value.map((item) => (
          <UploadRow key={item.id} item={item} />
        ))}
      </ul>
    </Card>
  );
}

function summary(count: number): string {
  const total = (of: 'sent' | 'size') => fileSize(uploads.value.reduce((sum, it) => sum + it[of], 0));
  return t('uploadsLeft', { count, sent: total('sent'), size: total('size') });
}
