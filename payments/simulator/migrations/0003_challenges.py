import django.db.models.deletion
import payments.simulator.clock
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('simulator', '0002_card_traits'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='exemption',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name='payment',
            name='redirect_url',
            field=models.CharField(blank=True, max_length=2048),
        ),
        migrations.AddField(
            model_name='payment',
            name='three_ds',
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=64, unique=True)),
                ('site', models.CharField(max_length=256)),
                ('by_form', models.BooleanField(default=False)),
                ('in_app', models.BooleanField(default=False)),
                ('then_code', models.CharField(max_length=64)),
                ('answer', models.CharField(blank=True, max_length=16)),
                ('created_at', models.DateTimeField(default=payments.simulator.clock.now)),
                ('parent', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='challenge', to='simulator.payment')),
            ],
        ),
    ]
