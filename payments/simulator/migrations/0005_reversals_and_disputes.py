import django.db.models.deletion
import payments.simulator.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('simulator', '0004_acquirers_and_reviews'),
    ]

    operations = [
        migrations.AddField(
            model_name='refund',
            name='reversed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dispute_id', models.CharField(max_length=64, unique=True)),
                ('kind', models.CharField(max_length=32)),
                ('amount', models.BigIntegerField()),
                ('reason_code', models.CharField(max_length=64)),
                ('stage', models.CharField(choices=[('OPEN', 'Open'), ('DEFENDED', 'Defended'), ('ACCEPTED', 'Accepted'), ('JUDGED', 'Judged'), ('CANCELLED', 'Cancelled'), ('RESOLVED', 'Resolved')], default='OPEN', max_length=16)),
                ('result', models.CharField(blank=True, max_length=32)),
                ('accept_reason', models.CharField(blank=True, max_length=32)),
                ('evidence', models.TextField(blank=True)),
                ('alerted', models.BooleanField(default=False)),
                ('opened_at', models.DateTimeField(default=payments.simulator.clock.now)),
                ('due_at', models.DateTimeField()),
                ('acted_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('parent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='disputes', to='simulator.payment')),
            ],
        ),
    ]
