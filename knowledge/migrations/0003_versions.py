import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def first_version(apps, schema_editor):
    """What is indexed becomes the first version, which is live; there is no other row, so its id is 1."""
    corpus = apps.get_model("knowledge", "Corpus").objects.first()
    if corpus is not None and corpus.chunks:
        apps.get_model("knowledge", "IndexVersion").objects.create(
            state="live",
            encoder=settings.KNOWLEDGE_ENCODER,
            text_rules=1,
            chunks=corpus.chunks,
            length=corpus.length,
            activated_at=timezone.now(),
        )


class Migration(migrations.Migration):

    dependencies = [
        ('knowledge', '0002_fulltext'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Audience',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(max_length=80, verbose_name='scope')),
            ],
            options={
                'verbose_name': 'audience',
                'verbose_name_plural': 'audiences',
            },
        ),
        migrations.CreateModel(
            name='Citation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('heading', models.CharField(blank=True, max_length=300, verbose_name='heading')),
                ('anchor', models.CharField(blank=True, max_length=150)),
                ('reference', models.CharField(db_index=True, max_length=80)),
                ('thread', models.CharField(blank=True, db_index=True, max_length=80)),
                ('scope', models.CharField(blank=True, max_length=80)),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
            ],
            options={
                'verbose_name': 'citation',
                'verbose_name_plural': 'citations',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='EvaluationRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('encoder', models.CharField(blank=True, max_length=120, verbose_name='embedding model')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Completed'), ('failed', 'Failed')], default='waiting', max_length=10, verbose_name='state')),
                ('done', models.PositiveIntegerField(default=0)),
                ('questions', models.PositiveIntegerField(default=0, verbose_name='questions')),
                ('metrics', models.JSONField(default=dict)),
                ('results', models.JSONField(default=list)),
                ('error', models.CharField(blank=True, max_length=500, verbose_name='error')),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
            ],
            options={
                'verbose_name': 'evaluation',
                'verbose_name_plural': 'evaluations',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('query', models.CharField(max_length=500, verbose_name='question')),
                ('heading', models.CharField(blank=True, max_length=300, verbose_name='heading')),
                ('helpful', models.BooleanField(verbose_name='helpful')),
                ('comment', models.CharField(blank=True, max_length=1000, verbose_name='comment')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
            ],
            options={
                'verbose_name': 'feedback',
                'verbose_name_plural': 'feedback',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='IndexVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('building', 'Being built'), ('live', 'Live'), ('retired', 'Retired'), ('failed', 'Failed')], default='building', max_length=10, verbose_name='state')),
                ('encoder', models.CharField(blank=True, max_length=120, verbose_name='embedding model')),
                ('dimensions', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('text_rules', models.PositiveSmallIntegerField(default=1)),
                ('chunks', models.PositiveIntegerField(default=0, verbose_name='passages')),
                ('length', models.PositiveBigIntegerField(default=0)),
                ('vectors', models.PositiveIntegerField(default=0, verbose_name='vectors')),
                ('revision', models.PositiveBigIntegerField(default=0)),
                ('cursor', models.UUIDField(blank=True, null=True)),
                ('background', models.BinaryField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('worker', models.CharField(blank=True, max_length=80)),
                ('calibration', models.JSONField(blank=True, default=dict)),
                ('error', models.CharField(blank=True, max_length=500, verbose_name='error')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('activated_at', models.DateTimeField(blank=True, null=True, verbose_name='live since')),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'index version',
                'verbose_name_plural': 'index versions',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='OpenQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('text', models.CharField(max_length=500, verbose_name='question')),
                ('language', models.CharField(choices=[('en', 'English'), ('ru', 'Russian')], max_length=5, verbose_name='language')),
                ('scopes', models.JSONField(blank=True, default=list)),
                ('asked', models.PositiveIntegerField(default=1, verbose_name='times asked')),
                ('state', models.CharField(choices=[('open', 'Waits for an article'), ('answered', 'Answered by an article'), ('dismissed', 'Dismissed')], default='open', max_length=10, verbose_name='state')),
                ('encoder', models.CharField(blank=True, max_length=120)),
                ('vector', models.BinaryField(blank=True, null=True)),
                ('first_at', models.DateTimeField(auto_now_add=True, verbose_name='first asked')),
                ('last_at', models.DateTimeField(verbose_name='last asked')),
            ],
            options={
                'verbose_name': 'question without an answer',
                'verbose_name_plural': 'questions without an answer',
                'ordering': ['-asked', '-last_at'],
            },
        ),
        migrations.CreateModel(
            name='PendingVector',
            fields=[
                ('chunk', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='knowledge.chunk')),
            ],
            options={
                'verbose_name': 'vector to be made',
                'verbose_name_plural': 'vectors to be made',
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('language', models.CharField(choices=[('en', 'English'), ('ru', 'Russian')], max_length=5, verbose_name='language')),
                ('body', models.TextField(verbose_name='text')),
                ('places', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'version',
                'verbose_name_plural': 'versions',
                'ordering': ['document', '-number'],
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, unique=True, verbose_name='name')),
            ],
            options={
                'verbose_name': 'tag',
                'verbose_name_plural': 'tags',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='TestQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=500, unique=True, verbose_name='question')),
                ('language', models.CharField(choices=[('en', 'English'), ('ru', 'Russian')], max_length=5, verbose_name='language')),
                ('scope', models.CharField(blank=True, max_length=80, verbose_name='scope')),
                ('answerable', models.BooleanField(default=True, help_text='Switch off for questions that nothing may be found for.', verbose_name='has an answer')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'test question',
                'verbose_name_plural': 'test questions',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Vector',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('data', models.BinaryField()),
            ],
            options={
                'verbose_name': 'vector',
                'verbose_name_plural': 'vectors',
            },
        ),
        migrations.CreateModel(
            name='WebPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=2000, verbose_name='address')),
                ('key', models.CharField(editable=False, max_length=64)),
                ('etag', models.CharField(blank=True, max_length=300)),
                ('last_modified', models.CharField(blank=True, max_length=100)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('visit', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500, verbose_name='error')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='last seen')),
                ('changed_at', models.DateTimeField(blank=True, null=True, verbose_name='last change')),
            ],
            options={
                'verbose_name': 'web page',
                'verbose_name_plural': 'web pages',
                'ordering': ['source', 'url'],
            },
        ),
        migrations.CreateModel(
            name='WebSource',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('url', models.URLField(max_length=2000, verbose_name='address')),
                ('kind', models.CharField(choices=[('page', 'One page'), ('sitemap', 'All pages of a sitemap')], default='page', max_length=10, verbose_name='kind')),
                ('language', models.CharField(blank=True, choices=[('en', 'English'), ('ru', 'Russian')], help_text='Empty: as each page says.', max_length=5, verbose_name='language')),
                ('scopes', models.JSONField(blank=True, default=list)),
                ('every_hours', models.PositiveSmallIntegerField(default=24, verbose_name='hours between visits')),
                ('most_pages', models.PositiveIntegerField(default=500, verbose_name='most pages')),
                ('enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('state', models.CharField(choices=[('idle', 'Waiting for its time'), ('fetching', 'Being fetched'), ('failed', 'Failed')], default='idle', editable=False, max_length=10, verbose_name='state')),
                ('error', models.CharField(blank=True, editable=False, max_length=500, verbose_name='error')),
                ('done', models.PositiveIntegerField(default=0, editable=False)),
                ('total', models.PositiveIntegerField(default=0, editable=False)),
                ('next_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='next visit')),
                ('visited_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last visit')),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'website',
                'verbose_name_plural': 'websites',
                'ordering': ['name'],
            },
        ),
        migrations.RunPython(first_version, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='corpus',
            name='corpus_is_one_row',
        ),
        migrations.DeleteModel(
            name='Corpus',
        ),
        migrations.AlterModelOptions(
            name='chunk',
            options={'ordering': ['document', 'index', 'edition', 'position'], 'verbose_name': 'passage', 'verbose_name_plural': 'passages'},
        ),
        migrations.RemoveConstraint(
            model_name='chunk',
            name='chunk_position_unique',
        ),
        migrations.AddField(
            model_name='chunk',
            name='edition',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='chunk',
            name='line',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='chunk',
            name='place',
            field=models.CharField(blank=True, max_length=50, verbose_name='place'),
        ),
        migrations.AddField(
            model_name='document',
            name='address',
            field=models.CharField(blank=True, editable=False, max_length=2000, verbose_name='address'),
        ),
        migrations.AddField(
            model_name='document',
            name='attempts',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='document',
            name='collection',
            field=models.CharField(blank=True, editable=False, max_length=150, verbose_name='collection'),
        ),
        migrations.AddField(
            model_name='document',
            name='done',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='document',
            name='edition',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='document',
            name='error',
            field=models.CharField(blank=True, editable=False, max_length=50, verbose_name='error'),
        ),
        migrations.AddField(
            model_name='document',
            name='error_detail',
            field=models.CharField(blank=True, editable=False, max_length=500),
        ),
        migrations.AddField(
            model_name='document',
            name='publish_when_read',
            field=models.BooleanField(default=True, editable=False),
        ),
        migrations.AddField(
            model_name='document',
            name='format',
            field=models.CharField(choices=[('markdown', 'Markdown'), ('text', 'Plain text'), ('html', 'Web page'), ('pdf', 'PDF'), ('docx', 'Word document'), ('csv', 'Table (CSV)')], default='markdown', editable=False, max_length=10, verbose_name='format'),
        ),
        migrations.AddField(
            model_name='document',
            name='lease_until',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='document',
            name='notes',
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name='document',
            name='original',
            field=models.FileField(blank=True, max_length=300, upload_to='knowledge/%Y/%m', verbose_name='original file'),
        ),
        migrations.AddField(
            model_name='document',
            name='original_name',
            field=models.CharField(blank=True, editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name='document',
            name='places',
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name='document',
            name='restricted',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='document',
            name='seen_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='source last seen'),
        ),
        migrations.AddField(
            model_name='document',
            name='state',
            field=models.CharField(choices=[('ready', 'Ready'), ('waiting', 'Waiting'), ('reading', 'Being read'), ('indexing', 'Being indexed'), ('failed', 'Failed')], default='ready', editable=False, max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='document',
            name='total',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        # Its key changes; the next migration counts anew.
        migrations.DeleteModel(name='Term'),
        migrations.CreateModel(
            name='Term',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('term', models.CharField(max_length=64)),
                ('chunks', models.PositiveIntegerField()),
                ('index', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='knowledge.indexversion')),
            ],
            options={
                'verbose_name': 'term',
                'verbose_name_plural': 'terms',
            },
        ),
        migrations.AddField(
            model_name='audience',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='audiences', to='knowledge.document'),
        ),
        migrations.AddField(
            model_name='citation',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='citations', to='knowledge.document'),
        ),
        migrations.AddField(
            model_name='evaluationrun',
            name='started_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='started by'),
        ),
        migrations.AddField(
            model_name='feedback',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='feedback',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='knowledge.document', verbose_name='document'),
        ),
        migrations.AddConstraint(
            model_name='indexversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('state',), name='index_one_live'),
        ),
        migrations.AddConstraint(
            model_name='indexversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'building')), fields=('state',), name='index_one_building'),
        ),
        migrations.AddField(
            model_name='evaluationrun',
            name='index',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='evaluations', to='knowledge.indexversion', verbose_name='index version'),
        ),
        migrations.AddField(
            model_name='chunk',
            name='index',
            field=models.ForeignKey(default=1, on_delete=django.db.models.deletion.CASCADE, related_name='passages', to='knowledge.indexversion', verbose_name='index version'),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='chunk',
            constraint=models.UniqueConstraint(fields=('document', 'index', 'edition', 'position'), name='chunk_position_in_index_unique'),
        ),
        migrations.AddConstraint(
            model_name='term',
            constraint=models.UniqueConstraint(fields=('index', 'term'), name='term_of_index_unique'),
        ),
        migrations.AddField(
            model_name='openquestion',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='knowledge.document', verbose_name='article'),
        ),
        migrations.AddField(
            model_name='pendingvector',
            name='index',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='knowledge.indexversion'),
        ),
        migrations.AddField(
            model_name='revision',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author'),
        ),
        migrations.AddField(
            model_name='revision',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='knowledge.document'),
        ),
        migrations.AddField(
            model_name='document',
            name='tags',
            field=models.ManyToManyField(blank=True, related_name='documents', to='knowledge.tag', verbose_name='tags'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['id', 'published', 'edition', 'restricted', 'language', 'collection'], name='document_for_search'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('state__in', ('waiting', 'reading', 'indexing'))), fields=['lease_until'], name='document_at_work'),
        ),
        migrations.AddField(
            model_name='testquestion',
            name='documents',
            field=models.ManyToManyField(blank=True, related_name='test_questions', to='knowledge.document', verbose_name='expected documents'),
        ),
        migrations.AddField(
            model_name='vector',
            name='chunk',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='vector', to='knowledge.chunk'),
        ),
        migrations.AddField(
            model_name='vector',
            name='index',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='knowledge.indexversion'),
        ),
        migrations.AddField(
            model_name='webpage',
            name='document',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='page', to='knowledge.document'),
        ),
        migrations.AddField(
            model_name='websource',
            name='tags',
            field=models.ManyToManyField(blank=True, to='knowledge.tag', verbose_name='tags'),
        ),
        migrations.AddField(
            model_name='webpage',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='knowledge.websource'),
        ),
        migrations.AddConstraint(
            model_name='audience',
            constraint=models.UniqueConstraint(fields=('document', 'scope'), name='audience_once'),
        ),
        migrations.AddIndex(
            model_name='citation',
            index=models.Index(fields=['document', '-at'], name='citation_newest'),
        ),
        migrations.AddIndex(
            model_name='openquestion',
            index=models.Index(fields=['state', '-last_at'], name='question_open_newest'),
        ),
        migrations.AddIndex(
            model_name='pendingvector',
            index=models.Index(fields=['index', 'chunk'], name='pending_of_index'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('document', 'number'), name='revision_number_unique'),
        ),
        migrations.AddIndex(
            model_name='vector',
            index=models.Index(fields=['index', 'id'], name='vector_of_index'),
        ),
        migrations.AddConstraint(
            model_name='webpage',
            constraint=models.UniqueConstraint(fields=('source', 'key'), name='webpage_once'),
        ),
    ]
