from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('simulator', '0005_reversals_and_disputes'),
    ]

    operations = [
        migrations.AddField(
            model_name='notification',
            name='fault',
            field=models.CharField(blank=True, max_length=16),
        ),
    ]
