from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('simulator', '0001_initial'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='payment',
            name='cvv_given',
        ),
        migrations.AddField(
            model_name='cardtoken',
            name='traits',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='payment',
            name='authorization_code',
            field=models.CharField(blank=True, max_length=6),
        ),
        migrations.AddField(
            model_name='payment',
            name='avs_result',
            field=models.CharField(blank=True, max_length=1),
        ),
        migrations.AddField(
            model_name='payment',
            name='cvv_result',
            field=models.CharField(blank=True, max_length=1),
        ),
        migrations.AddField(
            model_name='payment',
            name='traits',
            field=models.JSONField(default=dict),
        ),
    ]
