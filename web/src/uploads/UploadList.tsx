import { t } from '../i18n/index.ts';
import { Card } from '../ui/Card.tsx';
import { UploadRow } from './UploadRow.tsx';
import { uploads } from './uploads.ts';

/** The uploads that are not finished; nothing when all are. */
export function UploadList() {
  if (uploads.value.length === 0) return null;
  return (
    <Card title={t('uploads')} aside={<p class="soft small">{t('uploadsStay')}</p>}>
      <ul class="uploads">
        {uploads.value.map((item) => (
          <UploadRow key={item.id} item={item} />
        ))}
      </ul>
    </Card>
  );
}
